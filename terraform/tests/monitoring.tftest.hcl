mock_provider "google" {}

variables {
  project_id = "sample-dev-1"
}

run "people_are_told_of_failed_and_missing_runs_and_of_cost" {
  command = plan

  module {
    source = "./modules/monitoring"
  }

  variables {
    dead_letter_subscription = "retune-dataset-dead-letters"
    emails                   = ["team@example.com"]
    max_days_between_runs    = 8
    monthly_tuning_usd       = 50
    notification_channels    = ["projects/sample-dev-1/notificationChannels/42"]
  }

  assert {
    condition = output.alerts == {
      cost_over_budget    = "sum(increase(logging_googleapis_com:user_retune_tuning_usd_sum{monitored_resource=\"ml_job\"}[30d])) > 50"
      failed_run          = "sum(increase(logging_googleapis_com:user_retune_runs{monitored_resource=\"aiplatform.googleapis.com/PipelineJob\",state=\"PIPELINE_STATE_FAILED\"}[10m])) > 0"
      lost_dataset_change = "max(max_over_time(pubsub_googleapis_com:subscription_num_undelivered_messages{monitored_resource=\"pubsub_subscription\",subscription_id=\"retune-dataset-dead-letters\"}[10m])) > 0"
      missing_run         = "(sum(increase(logging_googleapis_com:user_retune_outcomes{monitored_resource=\"ml_job\",outcome=~\"promote|hold|inconclusive|skipped\"}[8d])) or vector(0)) < 1"
      refused_for_cost    = "sum(increase(logging_googleapis_com:user_retune_outcomes{monitored_resource=\"ml_job\",outcome=~\"BUDGET-.*\"}[10m])) > 0"
      untold_run          = "sum(increase(logging_googleapis_com:user_retune_untold{monitored_resource=\"ml_job\"}[10m])) > 0"
      worse_champion      = "sum(increase(logging_googleapis_com:user_retune_outcomes{monitored_resource=\"ml_job\",outcome=\"worse\"}[10m])) > 0"
    }
    error_message = "These conditions must be watched."
  }
  assert {
    condition     = alltrue([for policy in google_monitoring_alert_policy.this : policy.conditions[0].condition_prometheus_query_language[0].disable_metric_validation])
    error_message = "Metrics made from logs do not exist before the first run; the policies must be accepted all the same."
  }
  assert {
    condition     = alltrue([for policy in google_monitoring_alert_policy.this : length(policy.notification_channels) == 2 && policy.documentation[0].content != ""])
    error_message = "Every alert must reach every channel and say what to do."
  }
  assert {
    condition     = google_monitoring_notification_channel.emails["team@example.com"].labels.email_address == "team@example.com"
    error_message = "An address must be a channel."
  }
  assert {
    condition     = length(jsondecode(google_monitoring_dashboard.this.dashboard_json).mosaicLayout.tiles) == 4
    error_message = "The dashboard must show runs, verdicts, cost and the last lines."
  }
}

run "without_schedule_and_trigger_only_failures_and_refusals_count" {
  command = plan

  module {
    source = "./modules/monitoring"
  }

  assert {
    condition     = sort(keys(output.alerts)) == tolist(["failed_run", "refused_for_cost", "untold_run", "worse_champion"])
    error_message = "Nobody is told of missing runs where none are due."
  }
}

run "wrong_values_are_refused" {
  command = plan

  module {
    source = "./modules/monitoring"
  }

  variables {
    dead_letter_subscription = "projects/sample-dev-1/subscriptions/x"
    emails                   = ["team"]
    labels                   = { Team = "ml" }
    max_days_between_runs    = 0
    monthly_tuning_usd       = 0
    notification_channels    = ["42"]
    project_id               = "1"
  }

  expect_failures = [
    var.dead_letter_subscription,
    var.emails,
    var.labels,
    var.max_days_between_runs,
    var.monthly_tuning_usd,
    var.notification_channels,
    var.project_id,
  ]
}
