output "alerts" {
  description = "The alert policies: query by name."
  value       = { for name, alert in local.alerts : name => alert.query }
}

output "channels" {
  description = "Full names of all notification channels."
  value       = local.channels
}

output "metrics" {
  description = "Names of the log-based metrics."
  value = [
    google_logging_metric.outcomes.name,
    google_logging_metric.run_usd.name,
    google_logging_metric.runs.name,
    google_logging_metric.untold.name,
    google_logging_metric.watched.name,
  ]
}
