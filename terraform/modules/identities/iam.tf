# The predefined role that Google's guide gives a pipeline's account ("Service accounts", Vertex AI documentation).
# On the project, because tuning jobs and models have no policies of their own. The bucket's policy is with the bucket.
resource "google_project_iam_member" "pipeline_vertex_user" {
  project = var.project_id
  role    = "roles/aiplatform.user"
  member  = google_service_account.pipeline.member
}

resource "google_project_iam_custom_role" "run_submitter" {
  project     = var.project_id
  role_id     = "${replace(title(replace(var.prefix, "-", " ")), " ", "")}RunSubmitter"
  title       = "Retune run submitter"
  description = "Starts, watches and cancels pipeline runs and manages schedules; tunes and deploys nothing by itself."
  permissions = [
    "aiplatform.pipelineJobs.cancel",
    "aiplatform.pipelineJobs.create",
    "aiplatform.pipelineJobs.get",
    "aiplatform.pipelineJobs.list",
    "aiplatform.schedules.create",
    "aiplatform.schedules.delete",
    "aiplatform.schedules.get",
    "aiplatform.schedules.list",
    "aiplatform.schedules.update",
  ]
}

resource "google_project_iam_member" "scheduler_run_submitter" {
  project = var.project_id
  role    = google_project_iam_custom_role.run_submitter.id
  member  = google_service_account.scheduler.member
}

# Granted on the one account and not on the project, where it would mean every account.
resource "google_service_account_iam_member" "scheduler_acts_as_pipeline" {
  service_account_id = google_service_account.pipeline.name
  role               = "roles/iam.serviceAccountUser"
  member             = google_service_account.scheduler.member
}
