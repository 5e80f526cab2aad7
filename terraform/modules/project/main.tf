data "google_project" "this" {
  project_id = var.project_id
}

resource "google_project_service" "this" {
  for_each = var.services

  project = var.project_id
  service = each.value
  # Others in the project may use the same service; taking Retune away must not take it from them.
  disable_on_destroy         = false
  disable_dependent_services = false
}

# Reading it makes Cloud Storage create its agent, which may then publish to a topic or use a key.
data "google_storage_project_service_account" "this" {
  project = var.project_id
}
