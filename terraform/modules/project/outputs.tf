output "number" {
  description = "The project's number."
  value       = data.google_project.this.number
}

output "service_agents" {
  description = "Members for policies of Google's own accounts: artifact_registry, pubsub, secret_manager, storage, tuning, vertex."
  value = {
    for name, domain in {
      artifact_registry = "gcp-sa-artifactregistry"
      pubsub            = "gcp-sa-pubsub"
      secret_manager    = "gcp-sa-secretmanager"
      storage           = "gs-project-accounts"
      tuning            = "gcp-sa-vertex-tune"
      vertex            = "gcp-sa-aiplatform"
    } :
    name => "serviceAccount:service-${data.google_project.this.number}@${domain}.iam.gserviceaccount.com"
  }

  # An agent is created with its service, Cloud Storage's when it is read.
  depends_on = [google_project_service.this, data.google_storage_project_service_account.this]
}

output "services" {
  description = "The enabled services."
  value       = sort([for service in google_project_service.this : service.service])
}
