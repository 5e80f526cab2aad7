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
    max_days_between_watches = 2
    monthly_runs_usd         = 50
    notification_channels    = ["projects/sample-dev-1/notificationChannels/42"]
  }

  assert {
    condition = output.alerts == {
      cost_over_budget    = "sum(increase(logging_googleapis_com:user_retune_run_usd_sum{monitored_resource=\"ml_job\"}[30d])) > 50"
      failed_run          = "sum(increase(logging_googleapis_com:user_retune_runs{monitored_resource=\"aiplatform.googleapis.com/PipelineJob\",state=\"PIPELINE_STATE_FAILED\"}[10m])) > 0"
      lost_dataset_change = "max(max_over_time(pubsub_googleapis_com:subscription_num_undelivered_messages{monitored_resource=\"pubsub_subscription\",subscription_id=\"retune-dataset-dead-letters\"}[10m])) > 0"
      missing_run         = "(sum(increase(logging_googleapis_com:user_retune_outcomes{monitored_resource=\"ml_job\",outcome=~\"promote|hold|inconclusive|skipped\"}[8d])) or vector(0)) < 1"
      missing_watch       = "(sum(increase(logging_googleapis_com:user_retune_outcomes{monitored_resource=\"ml_job\",outcome=~\"steady|worse|retrain|unwatched\"}[2d])) or vector(0)) < 1"
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
    condition     = length(jsondecode(google_monitoring_dashboard.this.dashboard_json).mosaicLayout.tiles) == 8
    error_message = "The dashboard must show runs, verdicts, cost, the watched metric, requests, failures, latency and the last lines."
  }
  assert {
    condition = length(distinct([
      for tile in jsondecode(google_monitoring_dashboard.this.dashboard_json).mosaicLayout.tiles : "${tile.xPos} ${tile.yPos}"
    ])) == 8
    error_message = "No tile may hide another one."
  }
  assert {
    condition = alltrue([
      for metric in [
        "prediction_online_prediction_count", "prediction_online_error_count", "prediction_online_prediction_latencies_bucket",
        "publisher_online_serving_model_invocation_count", "publisher_online_serving_model_invocation_latencies_bucket",
        "user_retune_watched_sum",
      ] : strcontains(google_monitoring_dashboard.this.dashboard_json, metric)
    ])
    error_message = "Requests, errors and latency of what serves must be shown, and what watches measured."
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
    max_days_between_watches = 0
    monthly_runs_usd         = 0
    notification_channels    = ["42"]
    project_id               = "1"
  }

  expect_failures = [
    var.dead_letter_subscription,
    var.emails,
    var.labels,
    var.max_days_between_runs,
    var.max_days_between_watches,
    var.monthly_runs_usd,
    var.notification_channels,
    var.project_id,
  ]
}
