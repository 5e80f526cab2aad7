mock_provider "google" {
  mock_resource "google_service_account" {
    defaults = {
      email  = "retune-mock@sample-dev-1.iam.gserviceaccount.com"
      member = "serviceAccount:retune-mock@sample-dev-1.iam.gserviceaccount.com"
      name   = "projects/sample-dev-1/serviceAccounts/retune-mock@sample-dev-1.iam.gserviceaccount.com"
    }
  }
}

variables {
  environment = "dev"
  project_id  = "sample-dev-1"
  location    = "us-central1"
  bucket_name = "sample-dev-1-retune"
}

run "first_apply_makes_no_schedule" {
  command = plan

  assert {
    condition     = output.schedule == null
    error_message = "Without a template there is nothing to schedule."
  }
  assert {
    condition     = output.bucket == "sample-dev-1-retune"
    error_message = "The bucket must have the name that the configuration uses."
  }
  assert {
    condition     = output.image_repository == "us-central1-docker.pkg.dev/sample-dev-1/retune"
    error_message = "The image repository must be in the environment's region and project."
  }
  assert {
    condition     = output.template_repository == "https://us-central1-kfp.pkg.dev/sample-dev-1/retune-pipelines"
    error_message = "The template repository must be in the environment's region and project."
  }
}

# Applied against the mock provider, because the account's address is known only then. Nothing is called.
run "schedule_is_paused_and_runs_as_the_pipeline" {
  variables {
    template_uri = "https://us-central1-kfp.pkg.dev/sample-dev-1/retune-pipelines/retune-tuning/v1.2.3"
    pipeline_config_json = jsonencode({
      name  = "support-triage"
      cloud = { project = "sample-dev-1", location = "us-central1", bucket = "sample-dev-1-retune" }
    })
  }

  assert {
    condition     = output.schedule.state == "PAUSED"
    error_message = "A schedule must not spend money before somebody asked for it."
  }
  assert {
    condition     = output.schedule.service_account == output.pipeline_service_account
    error_message = "Scheduled runs must have the pipeline's account."
  }
  assert {
    condition     = output.schedule.name == "retune-support-triage"
    error_message = "The schedule must be named after the model line."
  }
}

run "configuration_of_another_environment_is_refused" {
  command = plan

  variables {
    template_uri = "https://us-central1-kfp.pkg.dev/sample-dev-1/retune-pipelines/retune-tuning/v1.2.3"
    pipeline_config_json = jsonencode({
      name  = "support-triage"
      cloud = { project = "sample-prod-1", location = "us-central1", bucket = "sample-prod-1-retune" }
    })
  }

  expect_failures = [var.pipeline_config_json]
}

run "moving_template_without_configuration_is_refused" {
  command = plan

  variables {
    template_uri = "https://us-central1-kfp.pkg.dev/sample-dev-1/retune-pipelines/retune-tuning/latest"
  }

  expect_failures = [var.template_uri]
}

# Without template and configuration: their rules read other variables, and wait until those are right.
run "wrong_values_are_refused" {
  command = plan

  variables {
    bucket_name             = "gs://sample-dev-1-retune"
    dataset_uri             = "datasets/new"
    environment             = "production"
    labels                  = { Team = "ml" }
    location                = "us"
    noncurrent_version_days = 1
    pipeline_root_days      = 1
    project_id              = "123456789"
    schedule_cron           = "CRON_TZ=Europe/Rome 0 3 * * 1"
    schedule_start_time     = "tomorrow"
    schedule_time_zone      = "CET+1 0 3"
    soft_delete_days        = 0
  }

  expect_failures = [
    var.bucket_name,
    var.dataset_uri,
    var.environment,
    var.labels,
    var.location,
    var.noncurrent_version_days,
    var.pipeline_root_days,
    var.project_id,
    var.schedule_cron,
    var.schedule_start_time,
    var.schedule_time_zone,
    var.soft_delete_days,
  ]
}
