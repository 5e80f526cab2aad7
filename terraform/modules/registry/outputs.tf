output "image_repository" {
  description = "Address of the Docker repository; an image's address adds /NAME."
  value       = local.image_repository

  depends_on = [google_artifact_registry_repository.images]
}

output "template_repository" {
  description = "Address of the template repository; a template's address adds /NAME/TAG or /NAME/sha256:DIGEST."
  value       = local.template_repository

  depends_on = [google_artifact_registry_repository.templates]
}
