output "accounts" {
  description = "E-mail of each account: checks, pipeline, release, scheduler, trigger, tuning."
  value       = { for name, account in module.identities.accounts : name => account.email }
}

output "bucket" {
  description = "The configuration's cloud.bucket."
  value       = module.storage.name
}

output "dead_letter_command" {
  description = "Run it once after the dataset trigger was made; null without one."
  value       = one(module.dataset_trigger[*].dead_letter_command)
}

output "endpoint" {
  description = "Endpoint that applications call; null where tuned models serve on endpoints of their own."
  value       = one(module.serving[*].endpoint)
}

output "image_repository" {
  description = "Docker repository of the task image; the builds' _IMAGE_REPOSITORY."
  value       = module.registry.image_repository
}

output "monitoring_schedule" {
  description = "The schedule that watches what serves: name, cron line, state, template and account; null without one."
  value       = one(module.monitoring_schedule[*].summary)
}

output "pipeline_service_account" {
  description = "The configuration's cloud.service_account: what pipeline tasks run as."
  value       = module.identities.accounts.pipeline.email
}

output "promotion_template_uri" {
  description = "What `retune promote --pipeline` takes: the released promotion pipeline; null before a release."
  value       = var.promotion_template_uri
}

output "roles" {
  description = "Roles that each account has on the project."
  value       = module.identities.roles
}

output "schedule" {
  description = "The schedule that retrains: name, cron line, state, template and account; null without one."
  value       = one(module.schedule[*].summary)
}

output "scheduler_service_account" {
  description = "What submits runs, manages schedules and reads results; it cannot tune or deploy by itself."
  value       = module.identities.accounts.scheduler.email
}

output "template_repository" {
  description = "Repository of compiled pipelines; the builds' _TEMPLATE_REPOSITORY."
  value       = module.registry.template_repository
}

output "triggers" {
  description = "Build triggers by what they are for; null without a repository."
  value       = one(module.ci[*].triggers)
}
