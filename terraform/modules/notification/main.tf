# Neither is made here: the value of a secret must not be in a state, and a topic belongs to those who listen.
locals {
  secret = var.webhook_secret == null ? null : split("/", var.webhook_secret)
  topic  = var.topic == null ? null : split("/", var.topic)
}

resource "google_secret_manager_secret_iam_member" "pipeline_reads" {
  count = var.webhook_secret == null ? 0 : 1

  project   = local.secret[1]
  secret_id = local.secret[3]
  role      = "roles/secretmanager.secretAccessor"
  member    = var.pipeline_member
}

resource "google_pubsub_topic_iam_member" "pipeline_publishes" {
  count = var.topic == null ? 0 : 1

  project = local.topic[1]
  topic   = local.topic[3]
  role    = "roles/pubsub.publisher"
  member  = var.pipeline_member
}
