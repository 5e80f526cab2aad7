module "monitoring" {
  source = "./modules/monitoring"

  project_id               = var.project_id
  labels                   = local.labels
  emails                   = var.alert_emails
  notification_channels    = var.notification_channels
  monthly_runs_usd         = var.monthly_runs_usd
  max_days_between_runs    = var.template_uri != null && var.schedule_active ? var.max_days_between_runs : null
  max_days_between_watches = var.monitoring_template_uri != null && var.monitoring_active ? var.max_days_between_watches : null
  dead_letter_subscription = one(module.dataset_trigger[*].dead_letter_subscription)

  depends_on = [module.project]
}

module "notification" {
  source = "./modules/notification"
  count  = var.config_file == null ? 0 : 1

  pipeline_member = module.identities.accounts.pipeline.member
  topic           = module.configuration[0].topic
  webhook_secret  = module.configuration[0].webhook_secret

  depends_on = [module.project]
}

module "budget" {
  source = "./modules/budget"
  count  = var.billing_account == null ? 0 : 1

  billing_account       = var.billing_account
  project_number        = module.project.number
  display_name          = "Retune ${var.environment} (${var.project_id})"
  amount                = var.monthly_budget
  currency              = var.currency
  notification_channels = slice(module.monitoring.channels, 0, min(5, length(module.monitoring.channels)))

  depends_on = [module.project]
}
