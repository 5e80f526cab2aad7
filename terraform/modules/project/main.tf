resource "google_project_service" "this" {
  for_each = var.services

  project = var.project_id
  service = each.value
  # Others in the project may use the same service; taking Retune away must not take it from them.
  disable_on_destroy         = false
  disable_dependent_services = false
}
