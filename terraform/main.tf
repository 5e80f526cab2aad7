locals {
  labels  = merge(var.labels, { environment = var.environment, managed-by = "terraform" })
  kms_key = one(module.encryption[*].kms_key)
  # The same name, for what is read before the key can be made: whether the configuration allows one at all.
  expected_key = (
    var.customer_managed_key
    ? "projects/${var.project_id}/locations/${var.location}/keyRings/retune/cryptoKeys/data"
    : null
  )
}

module "project" {
  source = "./modules/project"

  project_id = var.project_id
}

module "identities" {
  source = "./modules/identities"

  project_id   = var.project_id
  operators    = var.operators
  tuning_agent = var.tuning_agent_exists ? module.project.service_agents.tuning : null

  depends_on = [module.project]
}

module "configuration" {
  source = "./modules/configuration"
  count  = var.config_file == null ? 0 : 1

  catalogue_file   = "${path.root}/../pipelines/base_models.yaml"
  config_file      = "${path.root}/../${var.config_file}"
  project_id       = var.project_id
  location         = var.location
  bucket           = var.bucket_name
  pipeline_account = module.identities.accounts.pipeline.email
  kms_key          = local.expected_key
  tuning_account   = var.tuning_agent_exists ? module.identities.accounts.tuning.email : null
}

module "encryption" {
  source = "./modules/encryption"
  count  = var.customer_managed_key ? 1 : 0

  project_id              = var.project_id
  location                = var.location
  labels                  = local.labels
  unsupported_base_models = try(module.configuration[0].without_cmek, [])
  agents = {
    for name, member in module.project.service_agents : name => member
    if name != "tuning" || var.tuning_agent_exists
  }
}

module "storage" {
  source = "./modules/storage"

  project_id              = var.project_id
  location                = var.location
  name                    = var.bucket_name
  labels                  = local.labels
  kms_key                 = local.kms_key
  noncurrent_version_days = var.noncurrent_version_days
  pipeline_root_days      = var.pipeline_root_days
  soft_delete_days        = var.soft_delete_days
  readers = {
    scheduler = module.identities.accounts.scheduler.member
    trigger   = module.identities.accounts.trigger.member
    tuning    = module.identities.accounts.tuning.member
  }
  writers = { pipeline = module.identities.accounts.pipeline.member }

  depends_on = [module.project]
}

module "registry" {
  source = "./modules/registry"

  project_id = var.project_id
  location   = var.location
  labels     = local.labels
  kms_key    = local.kms_key
  image_readers = merge(
    { for member in var.promoted_to : member => member },
    { trigger = module.identities.accounts.trigger.member },
  )
  image_writers    = { release = module.identities.accounts.release.member }
  template_writers = { release = module.identities.accounts.release.member }
  template_readers = merge(
    { for member in var.promoted_to : member => member },
    { for name in ["pipeline", "scheduler", "trigger"] : name => module.identities.accounts[name].member },
  )

  depends_on = [module.project]
}

module "serving" {
  source = "./modules/serving"
  count  = try(module.configuration[0].endpoint, null) == null ? 0 : 1

  project_id   = var.project_id
  location     = var.location
  labels       = local.labels
  kms_key      = local.kms_key
  display_name = module.configuration[0].endpoint
  model_line   = module.configuration[0].name

  depends_on = [module.project]
}

module "schedule" {
  source = "./modules/schedule"
  count  = var.template_uri == null ? 0 : 1

  project_id           = var.project_id
  location             = var.location
  labels               = local.labels
  kms_key              = local.kms_key
  active               = var.schedule_active
  cron                 = var.schedule_cron
  time_zone            = var.schedule_time_zone
  start_time           = var.schedule_start_time
  template_uri         = var.template_uri
  pipeline_config_json = module.configuration[0].parameter
  dataset_uri          = var.dataset_uri
  pipeline_root        = module.storage.pipeline_root
  service_account      = module.identities.accounts.pipeline.email

  # A run that starts before its account may read the template or write to the bucket fails.
  depends_on = [module.registry, module.storage]
}

# The same module a second time: what serves is watched on a schedule of its own.
module "monitoring_schedule" {
  source = "./modules/schedule"
  count  = var.monitoring_template_uri == null ? 0 : 1

  kind                 = "monitoring"
  project_id           = var.project_id
  location             = var.location
  labels               = local.labels
  kms_key              = local.kms_key
  active               = var.monitoring_active
  cron                 = var.monitoring_cron
  time_zone            = var.schedule_time_zone
  start_time           = var.schedule_start_time
  template_uri         = var.monitoring_template_uri
  pipeline_config_json = module.configuration[0].parameter
  dataset_uri          = var.dataset_uri
  pipeline_root        = module.storage.pipeline_root
  service_account      = module.identities.accounts.pipeline.email
  starts_runs          = module.configuration[0].starts_runs

  depends_on = [module.registry, module.storage]
}
