# In PromQL, because its conditions may look back for weeks and need no metric to exist yet: a condition on absent data
# ends at 23.5 hours, and one on a metric that was made a minute ago is refused.
locals {
  metric = {
    runs = join("", [
      "logging_googleapis_com:user_${google_logging_metric.runs.name}",
      "{monitored_resource=\"aiplatform.googleapis.com/PipelineJob\",state=\"PIPELINE_STATE_%s\"}",
    ])
    outcomes    = "logging_googleapis_com:user_${google_logging_metric.outcomes.name}{monitored_resource=\"ml_job\"%s}"
    run_usd     = "logging_googleapis_com:user_${google_logging_metric.run_usd.name}_sum{monitored_resource=\"ml_job\"}"
    watched     = "logging_googleapis_com:user_${google_logging_metric.watched.name}_%s{monitored_resource=\"ml_job\"}"
    untold      = "logging_googleapis_com:user_${google_logging_metric.untold.name}{monitored_resource=\"ml_job\"}"
    undelivered = "pubsub_googleapis_com:subscription_num_undelivered_messages{monitored_resource=\"pubsub_subscription\",subscription_id=\"%s\"}"
  }

  alerts = merge(
    {
      failed_run = {
        title    = "a run failed"
        query    = "sum(increase(${format(local.metric.runs, "FAILED")}[10m])) > 0"
        severity = "ERROR"
        advice   = "The run's summary names the task, the error's code and what to do: task notify, or runs/RUN/summary.json in the ledger."
      }
      refused_for_cost = {
        title    = "a run would have cost more than its budget"
        query    = "sum(increase(${format(local.metric.outcomes, ",outcome=~\"BUDGET-.*\"")}[10m])) > 0"
        severity = "WARNING"
        advice   = "Nothing was started. Raise tuning.budget_usd, tune fewer epochs or candidates, or shorten the dataset."
      }
      worse_champion = {
        title    = "what serves got worse"
        query    = "sum(increase(${format(local.metric.outcomes, ",outcome=\"worse\"")}[10m])) > 0"
        severity = "ERROR"
        advice   = "A watch showed a drop beyond monitoring.max_drop: docs/guides/watching.md. retune status names it; retune rollback lets the version before serve."
      }
      untold_run = {
        title    = "nobody could be told how a run ended"
        query    = "sum(increase(${local.metric.untold}[10m])) > 0"
        severity = "WARNING"
        advice   = "The log of task notify names the channel and what to do: docs/guides/watching.md, \"When nobody is told\"."
      }
    },
    var.monthly_runs_usd == null ? {} : {
      cost_over_budget = {
        title    = "runs and watches cost more than planned"
        query    = "sum(increase(${local.metric.run_usd}[30d])) > ${var.monthly_runs_usd}"
        severity = "WARNING"
        advice   = "Tuning, answers and judges of the last 30 days add up to more than monthly_runs_usd. Pause a schedule, or raise it."
      }
    },
    var.max_days_between_runs == null ? {} : {
      missing_run = {
        title = "no run succeeded for ${var.max_days_between_runs} days"
        # By verdict and not by state: a watch that succeeds retrains nothing.
        query    = "(sum(increase(${format(local.metric.outcomes, ",outcome=~\"promote|hold|inconclusive|skipped\"")}[${var.max_days_between_runs}d])) or vector(0)) < 1"
        severity = "ERROR"
        advice   = "Look whether the schedule is paused, and whether its runs fail or are skipped because one still works."
      }
    },
    var.max_days_between_watches == null ? {} : {
      missing_watch = {
        title    = "what serves was not watched for ${var.max_days_between_watches} days"
        query    = "(sum(increase(${format(local.metric.outcomes, ",outcome=~\"steady|worse|retrain|unwatched\"")}[${var.max_days_between_watches}d])) or vector(0)) < 1"
        severity = "ERROR"
        advice   = "Look whether the schedule is there and not paused: retune schedule show --monitoring, retune doctor; and whether watches fail."
      }
    },
    var.dead_letter_subscription == null ? {} : {
      lost_dataset_change = {
        title    = "a dataset change was not delivered"
        query    = "max(max_over_time(${format(local.metric.undelivered, coalesce(var.dead_letter_subscription, "-"))}[10m])) > 0"
        severity = "WARNING"
        advice   = "Cloud Build did not take the message. Read it with gcloud pubsub subscriptions pull, and upload the object again."
      }
    },
  )
}

resource "google_monitoring_notification_channel" "emails" {
  for_each = var.emails

  project      = var.project_id
  display_name = "Retune: ${each.value}"
  type         = "email"
  labels       = { email_address = each.value }
  user_labels  = var.labels
}

resource "google_monitoring_alert_policy" "this" {
  for_each = local.alerts

  project               = var.project_id
  display_name          = "Retune: ${each.value.title}"
  combiner              = "OR"
  severity              = each.value.severity
  user_labels           = var.labels
  notification_channels = local.channels

  conditions {
    display_name = each.value.title

    condition_prometheus_query_language {
      query                     = each.value.query
      duration                  = "0s"
      evaluation_interval       = "300s"
      disable_metric_validation = true
    }
  }

  documentation {
    content   = each.value.advice
    mime_type = "text/markdown"
  }

  alert_strategy {
    auto_close = "604800s"
  }
}

locals {
  channels = concat([for channel in google_monitoring_notification_channel.emails : channel.name], var.notification_channels)
}
