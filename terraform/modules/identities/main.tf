resource "google_service_account" "pipeline" {
  project      = var.project_id
  account_id   = "${var.prefix}-pipeline"
  display_name = "Retune pipeline"
  description  = "Runs the pipeline's tasks: uses the bucket, tunes, registers and deploys models."
}

resource "google_service_account" "scheduler" {
  project      = var.project_id
  account_id   = "${var.prefix}-scheduler"
  display_name = "Retune scheduler"
  description  = "Submits pipeline runs and manages their schedules."
}
