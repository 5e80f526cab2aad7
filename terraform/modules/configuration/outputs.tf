output "base_models" {
  description = "Facts of the base models that are tuned, by name."
  value       = local.base_models
}

output "budget_usd" {
  description = "What one run may spend on tuning, US dollars."
  value       = local.config.tuning.budget_usd
}

output "endpoint" {
  description = "Display name of the stable endpoint; null when the tuned models serve on endpoints of their own."
  value = (
    anytrue([for facts in values(local.base_models) : facts.serving == "region"])
    ? coalesce(try(local.config.serving.endpoint, ""), local.config.name)
    : null
  )
}

output "name" {
  description = "Name of the model line."
  value       = local.config.name
}

output "parameter" {
  description = "The pipeline's config parameter: the configuration as JSON; hidden in plans only if it holds a webhook address."
  # Not as a condition, whose result is sensitive as soon as one of its sides is.
  value = one(concat(
    [for text in [local.parameter] : text if local.webhook == ""],
    [for text in [local.parameter] : sensitive(text) if local.webhook != ""],
  ))
}

output "starts_runs" {
  description = "Whether a watch that finds a reason to retrain starts a run: monitoring.start_runs."
  value       = try(local.config.monitoring.start_runs, false)
}

output "topic" {
  description = "Topic that gets the summary of every run; null without one."
  value       = try(local.config.notification.topic == "" ? null : local.config.notification.topic, null)
}

output "webhook_secret" {
  description = "Secret that holds the webhook's address, without its version; null without one."
  value       = local.secret
}

output "without_cmek" {
  description = "Base models among them that cannot be used with a customer-managed key."
  value       = sort([for name, facts in local.base_models : name if !facts.cmek])
}
