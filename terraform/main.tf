locals {
  labels = merge(var.labels, { environment = var.environment, managed-by = "terraform" })
}

module "project" {
  source = "./modules/project"

  project_id = var.project_id
}

module "identities" {
  source = "./modules/identities"

  project_id = var.project_id

  depends_on = [module.project]
}

module "storage" {
  source = "./modules/storage"

  project_id              = var.project_id
  location                = var.location
  name                    = var.bucket_name
  labels                  = local.labels
  noncurrent_version_days = var.noncurrent_version_days
  pipeline_root_days      = var.pipeline_root_days
  soft_delete_days        = var.soft_delete_days
  readers                 = { scheduler = module.identities.scheduler.member }
  writers                 = { pipeline = module.identities.pipeline.member }

  depends_on = [module.project]
}

module "registry" {
  source = "./modules/registry"

  project_id = var.project_id
  location   = var.location
  labels     = local.labels
  template_readers = {
    pipeline  = module.identities.pipeline.member
    scheduler = module.identities.scheduler.member
  }

  depends_on = [module.project]
}

module "schedule" {
  source = "./modules/schedule"
  count  = var.template_uri == null ? 0 : 1

  project_id           = var.project_id
  location             = var.location
  labels               = local.labels
  active               = var.schedule_active
  cron                 = var.schedule_cron
  time_zone            = var.schedule_time_zone
  start_time           = var.schedule_start_time
  template_uri         = var.template_uri
  pipeline_config_json = var.pipeline_config_json
  dataset_uri          = var.dataset_uri
  pipeline_root        = module.storage.pipeline_root
  service_account      = module.identities.pipeline.email

  # A run that starts before its account may read the template or write to the bucket fails.
  depends_on = [module.registry, module.storage]
}
