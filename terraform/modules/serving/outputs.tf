output "endpoint" {
  description = "Full name of the endpoint that applications call."
  value       = "projects/${var.project_id}/locations/${var.location}/endpoints/${google_vertex_ai_endpoint.this.name}"
}
