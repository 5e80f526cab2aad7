# Roles of our own where the predefined ones would let an account tune, deploy or change policies.
locals {
  role_prefix = replace(title(replace(var.prefix, "-", " ")), " ", "")
  roles = {
    RunStarter = {
      title       = "Retune run starter"
      description = "Starts, watches and cancels pipeline runs."
      permissions = [
        "aiplatform.pipelineJobs.cancel",
        "aiplatform.pipelineJobs.create",
        "aiplatform.pipelineJobs.get",
        "aiplatform.pipelineJobs.list",
        # A run is started with what the schedule says.
        "aiplatform.schedules.get",
        "aiplatform.schedules.list",
      ]
    }
    ScheduleKeeper = {
      title       = "Retune schedule keeper"
      description = "Makes, changes, pauses, resumes and removes schedules of pipeline runs."
      permissions = [
        "aiplatform.schedules.create",
        "aiplatform.schedules.delete",
        "aiplatform.schedules.get",
        "aiplatform.schedules.list",
        "aiplatform.schedules.update",
      ]
    }
    # Cloud Build has no permissions for triggers alone: they are those of builds.
    TriggerKeeper = {
      title       = "Retune trigger keeper"
      description = "Changes build triggers; cannot approve a build."
      permissions = [
        "cloudbuild.builds.create",
        "cloudbuild.builds.get",
        "cloudbuild.builds.list",
        "cloudbuild.builds.update",
      ]
    }
    # What `terraform plan` reads to compare this root with the project; it holds no data and no secret.
    InfrastructureReader = {
      title       = "Retune infrastructure reader"
      description = "Reads what Terraform made, for a plan."
      permissions = [
        "aiplatform.endpoints.get",
        "artifactregistry.repositories.get",
        "artifactregistry.repositories.getIamPolicy",
        "cloudkms.cryptoKeys.get",
        "cloudkms.cryptoKeys.getIamPolicy",
        "cloudkms.keyRings.get",
        "iam.roles.get",
        "iam.serviceAccounts.get",
        "iam.serviceAccounts.getIamPolicy",
        "logging.logMetrics.get",
        "monitoring.alertPolicies.get",
        "monitoring.dashboards.get",
        "monitoring.notificationChannels.get",
        "pubsub.subscriptions.get",
        "pubsub.subscriptions.getIamPolicy",
        "pubsub.topics.get",
        "pubsub.topics.getIamPolicy",
        "resourcemanager.projects.get",
        "resourcemanager.projects.getIamPolicy",
        "secretmanager.secrets.getIamPolicy",
        "serviceusage.services.get",
        "serviceusage.services.list",
        "serviceusage.services.use",
        "storage.buckets.get",
        "storage.buckets.getIamPolicy",
      ]
    }
  }
}

resource "google_project_iam_custom_role" "this" {
  for_each = local.roles

  project     = var.project_id
  role_id     = "${local.role_prefix}${each.key}"
  title       = each.value.title
  description = each.value.description
  permissions = each.value.permissions
}
