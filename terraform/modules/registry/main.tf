locals {
  image_repository    = "${var.location}-docker.pkg.dev/${var.project_id}/${var.prefix}"
  template_repository = "https://${var.location}-kfp.pkg.dev/${var.project_id}/${var.prefix}-pipelines"
}

resource "google_artifact_registry_repository" "images" {
  project       = var.project_id
  location      = var.location
  repository_id = var.prefix
  description   = "Images of Retune's pipeline tasks."
  format        = "DOCKER"
  kms_key_name  = var.kms_key
  labels        = var.labels

  docker_config {
    # A compiled pipeline names its image by digest; a tag that cannot move says which commit that digest is.
    immutable_tags = true
  }
}

# Tags of this format can be moved: Artifact Registry has immutable tags for Docker only. Hence the schedule takes
# digests, commit hashes and versions, and only the build may write here.
resource "google_artifact_registry_repository" "templates" {
  project       = var.project_id
  location      = var.location
  repository_id = "${var.prefix}-pipelines"
  description   = "Compiled pipelines."
  format        = "KFP"
  kms_key_name  = var.kms_key
  labels        = var.labels
}
