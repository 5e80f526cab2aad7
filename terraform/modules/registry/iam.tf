# In its own project, Vertex AI's agent may pull images without a grant.
locals {
  grants = merge(
    { for name, member in var.image_readers : "image reader ${name}" => ["images", "roles/artifactregistry.reader", member] },
    { for name, member in var.image_writers : "image writer ${name}" => ["images", "roles/artifactregistry.writer", member] },
    {
      for name, member in var.template_readers :
      "template reader ${name}" => ["templates", "roles/artifactregistry.reader", member]
    },
    {
      for name, member in var.template_writers :
      "template writer ${name}" => ["templates", "roles/artifactregistry.writer", member]
    },
  )
  repository_ids = {
    images    = google_artifact_registry_repository.images.repository_id
    templates = google_artifact_registry_repository.templates.repository_id
  }
}

resource "google_artifact_registry_repository_iam_member" "this" {
  for_each = local.grants

  project    = var.project_id
  location   = var.location
  repository = local.repository_ids[each.value[0]]
  role       = each.value[1]
  member     = each.value[2]
}
