mock_provider "google" {}

variables {
  project_id      = "sample-dev-1"
  location        = "us-central1"
  cron            = "0 3 * * 1"
  pipeline_root   = "gs://sample-dev-1-retune/pipeline_root"
  service_account = "retune-pipeline@sample-dev-1.iam.gserviceaccount.com"
  template_uri    = "https://us-central1-kfp.pkg.dev/sample-dev-1/retune-pipelines/retune-tuning/sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
  # The configuration as text and not jsonencode(), which would sort and respell it.
  pipeline_config_json = "{\"name\": \"support-triage\", \"tuning\": {\"budget_usd\": 5.0}}"
}

run "starts_paused_with_the_pinned_template" {
  command = plan

  module {
    source = "./modules/schedule"
  }

  assert {
    condition     = google_colab_schedule.this.desired_state == "PAUSED"
    error_message = "The schedule must start paused."
  }
  assert {
    condition     = length(google_service_account_iam_member.starts_runs) == 0
    error_message = "Who retrains starts no further runs."
  }
  assert {
    condition     = google_colab_schedule.this.cron == "CRON_TZ=Etc/UTC 0 3 * * 1"
    error_message = "The cron line must carry its time zone."
  }
  assert {
    condition     = google_colab_schedule.this.max_concurrent_run_count == "1" && google_colab_schedule.this.max_concurrent_active_run_count == "1" && !google_colab_schedule.this.allow_queueing
    error_message = "Two scheduled runs must not work at the same time, nor wait in a queue."
  }
  assert {
    condition     = google_colab_schedule.this.create_pipeline_job_request[0].pipeline_job[0].template_uri == var.template_uri
    error_message = "The schedule must run the template that was asked for."
  }
  assert {
    condition     = google_colab_schedule.this.create_pipeline_job_request[0].pipeline_job[0].service_account == var.service_account
    error_message = "Runs must have the pipeline's account."
  }
  assert {
    condition     = google_colab_schedule.this.create_pipeline_job_request[0].pipeline_job[0].labels["retune-name"] == "support-triage"
    error_message = "Runs must be labelled with the model line, as `retune run` does it."
  }
}

run "active_schedule_passes_the_pipeline_its_four_strings" {
  command = plan

  module {
    source = "./modules/schedule"
  }

  variables {
    active      = true
    dataset_uri = "gs://sample-dev-1-retune/incoming"
    kms_key     = "projects/sample-dev-1/locations/us-central1/keyRings/retune/cryptoKeys/data"
    start_time  = "2027-01-04T00:00:00Z"
    time_zone   = "Europe/Rome"
  }

  assert {
    condition = google_colab_schedule.this.create_pipeline_job_request[0].pipeline_job[0].runtime_config[0].parameter_values == tomap({
      config      = var.pipeline_config_json
      dataset_uri = "gs://sample-dev-1-retune/incoming"
      force       = "false"
      trigger     = "schedule"
    })
    error_message = "The run must get config, dataset_uri, force and trigger as strings, and the configuration byte for byte."
  }
  assert {
    condition     = google_colab_schedule.this.create_pipeline_job_request[0].pipeline_job[0].runtime_config[0].gcs_output_directory == "gs://sample-dev-1-retune/pipeline_root"
    error_message = "Runs must write below pipeline_root."
  }
  assert {
    condition     = google_colab_schedule.this.create_pipeline_job_request[0].pipeline_job[0].encryption_spec[0].kms_key_name == var.kms_key
    error_message = "Runs must have the key."
  }
  assert {
    condition     = google_colab_schedule.this.desired_state == "ACTIVE"
    error_message = "active = true must start the schedule."
  }
  assert {
    condition     = google_colab_schedule.this.cron == "CRON_TZ=Europe/Rome 0 3 * * 1"
    error_message = "The cron line must carry the time zone."
  }
}

run "the_monitoring_pipeline_has_a_schedule_of_its_own" {
  command = plan

  module {
    source = "./modules/schedule"
  }

  variables {
    kind         = "monitoring"
    dataset_uri  = "gs://sample-dev-1-retune/incoming"
    starts_runs  = true
    template_uri = "https://us-central1-kfp.pkg.dev/sample-dev-1/retune-pipelines/retune-monitoring/v1.2.3"
  }

  assert {
    condition     = google_colab_schedule.this.display_name == "retune-support-triage monitoring"
    error_message = "No model line can have this name, so nobody takes it for the schedule that retrains."
  }
  assert {
    condition = google_colab_schedule.this.create_pipeline_job_request[0].pipeline_job[0].runtime_config[0].parameter_values == tomap({
      config      = var.pipeline_config_json
      dataset_uri = "gs://sample-dev-1-retune/incoming"
    })
    error_message = "The monitoring pipeline has these parameters and no others."
  }
  assert {
    condition     = google_colab_schedule.this.desired_state == "PAUSED"
    error_message = "It must start paused like the other one."
  }
  assert {
    condition     = google_service_account_iam_member.starts_runs[0].service_account_id == "projects/sample-dev-1/serviceAccounts/${var.service_account}" && google_service_account_iam_member.starts_runs[0].member == "serviceAccount:${var.service_account}" && google_service_account_iam_member.starts_runs[0].role == "roles/iam.serviceAccountUser"
    error_message = "A task that starts a run acts as the run's account, which is its own, and as no other."
  }
}

run "wrong_values_are_refused" {
  command = plan

  module {
    source = "./modules/schedule"
  }

  variables {
    cron                 = "every monday"
    dataset_uri          = "incoming"
    kind                 = "training"
    kms_key              = "data"
    labels               = { "a key" = "x" }
    location             = "global"
    pipeline_config_json = "{\"name\": }"
    pipeline_root        = "sample-dev-1-retune"
    project_id           = "42"
    service_account      = "42-compute@developer.gserviceaccount.com"
    start_time           = "soon"
    template_uri         = "https://us-central1-kfp.pkg.dev/sample-dev-1/retune-pipelines/retune-tuning/latest"
    time_zone            = "local"
  }

  expect_failures = [
    var.cron,
    var.dataset_uri,
    var.kind,
    var.kms_key,
    var.labels,
    var.location,
    var.pipeline_config_json,
    var.pipeline_root,
    var.project_id,
    var.service_account,
    var.start_time,
    var.template_uri,
    var.time_zone,
  ]
}
