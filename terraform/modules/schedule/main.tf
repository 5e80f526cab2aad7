locals {
  # Only the name leaves a configuration that may be sensitive; it names folders and endpoints and is no secret.
  name = nonsensitive(jsondecode(var.pipeline_config_json).name)
  # Of the tuning pipeline `retune-NAME`. A model line's name has no blank, so neither can be taken for another line's.
  display_name = var.kind == "tuning" ? "retune-${local.name}" : "retune-${local.name} ${var.kind}"
  # The provider passes strings only, so the pipelines declare only strings.
  parameters = merge(
    { config = var.pipeline_config_json, dataset_uri = var.dataset_uri },
    var.kind == "tuning" ? { force = "false", trigger = "schedule" } : {},
  )
}

# google_colab_schedule is the provider's resource for every Vertex AI schedule; google_vertex_ai_schedule was an
# accidental duplicate and is gone in 8.0.0 (provider changelog and version 8 upgrade guide, 2026-08).
resource "google_colab_schedule" "this" {
  project      = var.project_id
  location     = var.location
  display_name = local.display_name
  cron         = "CRON_TZ=${var.time_zone} ${var.cron}"
  start_time   = var.start_time
  # The provider creates a schedule active and pauses it in a second call; start_time closes that gap.
  desired_state = var.active ? "ACTIVE" : "PAUSED"
  # A run that is due while another one works is skipped: the next one sees the same data. The first limit is about
  # starting runs at the same time, the second about runs that work (schedule.proto of Vertex AI).
  max_concurrent_run_count        = "1"
  max_concurrent_active_run_count = "1"
  allow_queueing                  = false

  create_pipeline_job_request {
    pipeline_job {
      display_name    = local.display_name
      labels          = merge(var.labels, { retune-name = local.name })
      service_account = var.service_account
      template_uri    = var.template_uri

      dynamic "encryption_spec" {
        for_each = var.kms_key == null ? [] : [var.kms_key]

        content {
          kms_key_name = encryption_spec.value
        }
      }

      runtime_config {
        gcs_output_directory = var.pipeline_root
        failure_policy       = "PIPELINE_FAILURE_POLICY_FAIL_FAST"
        parameter_values     = local.parameters
      }
    }
  }
}

# A task that starts a run names the account that the run has, and must be allowed to act as it, also as itself.
resource "google_service_account_iam_member" "starts_runs" {
  count = var.starts_runs ? 1 : 0

  service_account_id = "projects/${var.project_id}/serviceAccounts/${var.service_account}"
  role               = "roles/iam.serviceAccountUser"
  member             = "serviceAccount:${var.service_account}"
}
