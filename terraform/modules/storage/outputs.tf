output "name" {
  description = "Name of the bucket, without gs://."
  value       = google_storage_bucket.this.name
}

output "pipeline_root" {
  description = "gs:// folder of the files of pipeline runs."
  value       = "gs://${google_storage_bucket.this.name}/pipeline_root"
}
