output "grants" {
  description = "What the pipeline's account may do for notifications: role by secret or topic."
  value = merge(
    var.webhook_secret == null ? {} : { (var.webhook_secret) = google_secret_manager_secret_iam_member.pipeline_reads[0].role },
    var.topic == null ? {} : { (var.topic) = google_pubsub_topic_iam_member.pipeline_publishes[0].role },
  )
}
