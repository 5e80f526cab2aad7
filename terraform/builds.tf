# What a merge, a version tag and a changed dataset start; made once a repository is connected.
locals {
  triggers = {
    dev     = ["pull_request", "release"]
    staging = ["promotion"]
    prod    = ["promotion"]
  }
}

module "ci" {
  source = "./modules/ci"
  count  = var.repository == null ? 0 : 1

  project_id          = var.project_id
  location            = var.location
  environment         = var.environment
  triggers            = local.triggers[var.environment]
  approval_required   = var.environment == "prod"
  repository          = var.repository
  state_bucket        = var.state_bucket
  config_file         = var.config_file
  image_repository    = module.registry.image_repository
  template_repository = module.registry.template_repository
  promoted_from       = var.promoted_from
  checks_account      = module.identities.accounts.checks.id
  release_account     = module.identities.accounts.release.id

  depends_on = [module.project]
}

module "dataset_trigger" {
  source = "./modules/dataset_trigger"
  count  = var.repository == null || var.template_uri == null || var.image == null ? 0 : 1

  project_id      = var.project_id
  location        = var.location
  labels          = local.labels
  kms_key         = local.kms_key
  bucket          = module.storage.name
  repository      = var.repository
  repository_type = var.repository_type
  config_file     = var.config_file
  image           = var.image
  trigger_account = module.identities.accounts.trigger.id
  pubsub_agent    = module.project.service_agents.pubsub
  storage_agent   = module.project.service_agents.storage

  # It submits what the schedule runs, so there must be one.
  depends_on = [module.project, module.registry, module.schedule]
}
