output "bucket" {
  description = "The configuration's cloud.bucket."
  value       = module.storage.name
}

output "image_repository" {
  description = "Docker repository of the task image; cloudbuild.yaml's _IMAGE_REPOSITORY."
  value       = module.registry.image_repository
}

output "pipeline_service_account" {
  description = "The configuration's cloud.service_account: what pipeline tasks run as."
  value       = module.identities.pipeline.email
}

output "schedule" {
  description = "The schedule that retrains: name, cron line, state, template and account; null without one."
  value       = one(module.schedule[*].summary)
}

output "scheduler_service_account" {
  description = "What submits runs, manages schedules and reads results; it cannot tune or deploy by itself."
  value       = module.identities.scheduler.email
}

output "template_repository" {
  description = "Repository of compiled pipelines; cloudbuild.yaml's _TEMPLATE_REPOSITORY."
  value       = module.registry.template_repository
}
