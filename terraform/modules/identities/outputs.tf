output "pipeline" {
  description = "Account of the pipeline's tasks: its e-mail, and its member name in policies."
  value       = { email = google_service_account.pipeline.email, member = google_service_account.pipeline.member }

  # An account without its roles is of no use to whoever starts a run with it.
  depends_on = [google_project_iam_member.pipeline_vertex_user]
}

output "scheduler" {
  description = "Account that submits runs: its e-mail, and its member name in policies."
  value       = { email = google_service_account.scheduler.email, member = google_service_account.scheduler.member }
}
