output "services" {
  description = "The enabled services."
  value       = sort([for service in google_project_service.this : service.service])
}
