# Images need no grant: Vertex AI's service agent pulls them, and may do so in its own project.
resource "google_artifact_registry_repository_iam_member" "template_readers" {
  for_each = var.template_readers

  project    = var.project_id
  location   = google_artifact_registry_repository.templates.location
  repository = google_artifact_registry_repository.templates.repository_id
  role       = "roles/artifactregistry.reader"
  member     = each.value
}
