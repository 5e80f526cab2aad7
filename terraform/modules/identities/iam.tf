# On the project, because pipeline runs, tuning jobs, models and builds have no policies of their own. What can be
# granted on one bucket, repository, topic or account is granted there, in the module of that resource.
locals {
  predefined = {
    # The role that Google's guide gives a pipeline's account ("Service accounts", Vertex AI documentation).
    pipeline = ["roles/aiplatform.user"]
    # The role of an account that tuning jobs run as (supervised tuning, "service account").
    tuning = ["roles/aiplatform.tuningServiceAgent"]
    # A build with an account of its own must be able to write its log.
    checks  = ["roles/logging.logWriter"]
    release = ["roles/logging.logWriter"]
    trigger = ["roles/logging.logWriter"]
  }
  custom = {
    release   = ["InfrastructureReader", "RunStarter", "ScheduleKeeper", "TriggerKeeper"]
    scheduler = ["RunStarter", "ScheduleKeeper"]
    trigger   = ["RunStarter"]
  }
  predefined_grants = merge([
    for account, roles in local.predefined : { for role in roles : "${account} ${role}" => [account, role] }
  ]...)
  custom_grants = merge([
    for account, roles in local.custom : { for role in roles : "${account} ${role}" => [account, role] }
  ]...)
  # Who may start something that runs as whom: granted on the one account, as on the project it would mean every account.
  acts_as = {
    "pipeline as tuning"    = ["pipeline", "tuning"]
    "release as pipeline"   = ["release", "pipeline"]
    "release as trigger"    = ["release", "trigger"]
    "scheduler as pipeline" = ["scheduler", "pipeline"]
    "trigger as pipeline"   = ["trigger", "pipeline"]
  }
}

resource "google_project_iam_member" "predefined" {
  for_each = local.predefined_grants

  project = var.project_id
  role    = each.value[1]
  member  = "serviceAccount:${local.emails[each.value[0]]}"

  depends_on = [google_service_account.this]
}

resource "google_project_iam_member" "custom" {
  for_each = local.custom_grants

  project = var.project_id
  role    = "projects/${var.project_id}/roles/${local.role_prefix}${each.value[1]}"
  member  = "serviceAccount:${local.emails[each.value[0]]}"

  depends_on = [google_service_account.this, google_project_iam_custom_role.this]
}

resource "google_service_account_iam_member" "acts_as" {
  for_each = local.acts_as

  service_account_id = google_service_account.this[each.value[1]].name
  role               = "roles/iam.serviceAccountUser"
  member             = "serviceAccount:${local.emails[each.value[0]]}"

  depends_on = [google_service_account.this]
}

resource "google_service_account_iam_member" "operators" {
  for_each = var.operators

  service_account_id = google_service_account.this["scheduler"].name
  role               = "roles/iam.serviceAccountTokenCreator"
  member             = each.value
}

# Google creates its tuning agent with the first tuning job of a project; before that, no policy can name it.
resource "google_service_account_iam_member" "tuning_agent" {
  count = var.tuning_agent == null ? 0 : 1

  service_account_id = google_service_account.this["tuning"].name
  role               = "roles/iam.serviceAccountTokenCreator"
  member             = var.tuning_agent
}
