mock_provider "google" {
  mock_data "google_project" {
    defaults = { number = "123456789012" }
  }
}

variables {
  environment = "dev"
  project_id  = "sample-dev-1"
  location    = "us-central1"
  bucket_name = "sample-dev-1-retune"
}

run "first_apply_makes_neither_schedule_nor_triggers" {
  command = plan

  assert {
    condition     = output.schedule == null && output.monitoring_schedule == null && output.endpoint == null && output.triggers == null
    error_message = "Without template, configuration and repository there is nothing to schedule, serve or build."
  }
  assert {
    condition     = output.bucket == "sample-dev-1-retune"
    error_message = "The bucket must have the name that the configuration uses."
  }
  assert {
    condition     = output.image_repository == "us-central1-docker.pkg.dev/sample-dev-1/retune" && output.template_repository == "https://us-central1-kfp.pkg.dev/sample-dev-1/retune-pipelines"
    error_message = "The repositories must be in the environment's region and project."
  }
}

run "schedule_is_paused_and_runs_what_the_yaml_says" {
  command = plan

  variables {
    config_file  = "terraform/tests/configs/sample.yaml"
    image        = "us-central1-docker.pkg.dev/sample-dev-1/retune/retune@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
    repository   = "projects/sample-dev-1/locations/us-central1/connections/github/repositories/retune"
    state_bucket = "sample-dev-1-tfstate"
    template_uri = "https://us-central1-kfp.pkg.dev/sample-dev-1/retune-pipelines/retune-tuning/v1.2.3"

    monitoring_template_uri = "https://us-central1-kfp.pkg.dev/sample-dev-1/retune-pipelines/retune-monitoring/v1.2.3"
    promotion_template_uri  = "https://us-central1-kfp.pkg.dev/sample-dev-1/retune-pipelines/retune-promotion/v1.2.3"
  }

  assert {
    condition     = output.monitoring_schedule.state == "PAUSED" && output.monitoring_schedule.name == "retune-support-triage monitoring" && output.monitoring_schedule.cron == "CRON_TZ=Etc/UTC 0 5 * * *"
    error_message = "What serves is watched on a schedule of its own, once somebody asks for it."
  }
  assert {
    condition     = output.monitoring_schedule.service_account == output.pipeline_service_account && strcontains(output.monitoring_schedule.template_uri, "/retune-monitoring/")
    error_message = "Watches must have the pipeline's account and their own template."
  }

  assert {
    condition     = endswith(output.promotion_template_uri, "/retune-promotion/v1.2.3")
    error_message = "People must be told which promotion pipeline was released."
  }

  assert {
    condition     = output.schedule.state == "PAUSED" && output.schedule.name == "retune-support-triage"
    error_message = "A schedule must not spend money before somebody asked for it, and be named after the model line."
  }
  assert {
    condition     = output.schedule.service_account == output.pipeline_service_account
    error_message = "Scheduled runs must have the pipeline's account."
  }
  assert {
    condition     = startswith(output.endpoint, "projects/sample-dev-1/locations/us-central1/endpoints/")
    error_message = "A model that serves in its region must have its stable endpoint."
  }
  assert {
    condition     = length(setintersection(keys(module.monitoring.alerts), ["missing_run", "missing_watch"])) == 0 && contains(keys(module.monitoring.alerts), "lost_dataset_change")
    error_message = "A paused schedule misses no runs; the dataset trigger's dead letters are watched."
  }
}

run "everything_at_once_in_production" {
  command = plan

  variables {
    alert_emails         = ["team@example.com"]
    billing_account      = "000000-AAAAAA-000000"
    config_file          = "terraform/tests/configs/encrypted.yaml"
    customer_managed_key = true
    environment          = "prod"
    image                = "us-central1-docker.pkg.dev/sample-dev-1/retune/retune@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
    operators            = ["group:ml@example.com"]
    promoted_from = {
      image_repository    = "us-central1-docker.pkg.dev/sample-test-1/retune"
      template_repository = "https://us-central1-kfp.pkg.dev/sample-test-1/retune-pipelines"
    }
    monitoring_active       = true
    monitoring_template_uri = "https://us-central1-kfp.pkg.dev/sample-dev-1/retune-pipelines/retune-monitoring/v1.2.3"
    repository              = "projects/sample-dev-1/locations/us-central1/connections/github/repositories/retune"
    schedule_active         = true
    state_bucket            = "sample-dev-1-tfstate"
    template_uri            = "https://us-central1-kfp.pkg.dev/sample-dev-1/retune-pipelines/retune-tuning/v1.2.3"
    tuning_agent_exists     = true
  }

  assert {
    condition     = output.schedule.state == "ACTIVE" && length(setintersection(keys(module.monitoring.alerts), ["missing_run", "missing_watch"])) == 2
    error_message = "An active schedule that stops starting runs must be noticed."
  }
  assert {
    condition     = jsonencode(keys(output.triggers)) == jsonencode(["promotion"])
    error_message = "Production is promoted to; nothing is built there."
  }
  assert {
    condition = jsonencode(module.notification[0].grants) == jsonencode({
      "projects/sample-dev-1/secrets/retune-webhook" = "roles/secretmanager.secretAccessor"
      "projects/sample-dev-1/topics/retune-runs"     = "roles/pubsub.publisher"
    })
    error_message = "The last task must be able to tell those whom the configuration names."
  }
  assert {
    condition     = module.encryption[0].kms_key == local.expected_key
    error_message = "The key that the configuration must name has to be the one that is made."
  }
}

# Which models a key refuses is the configuration's business: a failure inside a module cannot be expected from here.
run "wrong_template_and_missing_values_are_refused" {
  command = plan

  variables {
    environment  = "prod"
    repository   = "projects/sample-dev-1/locations/us-central1/connections/github/repositories/retune"
    template_uri = "https://us-central1-kfp.pkg.dev/sample-dev-1/retune-pipelines/retune-tuning/latest"

    monitoring_template_uri = "https://us-central1-kfp.pkg.dev/sample-dev-1/retune-pipelines/retune-monitoring/latest"
    promotion_template_uri  = "https://us-central1-kfp.pkg.dev/sample-dev-1/retune-pipelines/retune-promotion/latest"
  }

  expect_failures = [
    var.monitoring_template_uri,
    var.promoted_from,
    var.promotion_template_uri,
    var.state_bucket,
    var.template_uri,
  ]
}

# Without template and repository: their rules read other variables, and wait until those are right.
run "wrong_values_are_refused" {
  command = plan

  variables {
    alert_emails             = ["team"]
    billing_account          = "1"
    bucket_name              = "gs://sample-dev-1-retune"
    config_file              = "gs://sample-dev-1-retune/retune.yaml"
    currency                 = "dollars"
    dataset_uri              = "datasets/new"
    environment              = "production"
    image                    = "retune:latest"
    labels                   = { Team = "ml" }
    location                 = "us"
    max_days_between_runs    = 0
    max_days_between_watches = 0
    monitoring_cron          = "daily"
    monthly_budget           = 0
    monthly_runs_usd         = 0
    noncurrent_version_days  = 1
    notification_channels    = ["42"]
    operators                = ["allUsers"]
    pipeline_root_days       = 1
    project_id               = "123456789"
    promoted_to              = ["allUsers"]
    repository_type          = "GIT"
    schedule_cron            = "CRON_TZ=Europe/Rome 0 3 * * 1"
    schedule_start_time      = "tomorrow"
    schedule_time_zone       = "CET+1 0 3"
    soft_delete_days         = 0
  }

  expect_failures = [
    var.alert_emails,
    var.billing_account,
    var.bucket_name,
    var.config_file,
    var.currency,
    var.dataset_uri,
    var.environment,
    var.image,
    var.labels,
    var.location,
    var.max_days_between_runs,
    var.max_days_between_watches,
    var.monitoring_cron,
    var.monthly_budget,
    var.monthly_runs_usd,
    var.noncurrent_version_days,
    var.notification_channels,
    var.operators,
    var.pipeline_root_days,
    var.project_id,
    var.promoted_to,
    var.repository_type,
    var.schedule_cron,
    var.schedule_start_time,
    var.schedule_time_zone,
    var.soft_delete_days,
  ]
}
