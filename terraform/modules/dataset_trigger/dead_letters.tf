# What Cloud Build's subscription cannot deliver is kept here for a month. Cloud Build makes that subscription itself and
# neither its API nor the provider has a field for its dead-letter policy: the output dead_letter_command sets it, once.
# Adopting the subscription into Terraform instead would take its push address away, which only Cloud Build knows.
resource "google_pubsub_topic" "dead_letters" {
  project      = var.project_id
  name         = "${var.prefix}-dataset-dead-letters"
  labels       = var.labels
  kms_key_name = var.kms_key

  message_storage_policy {
    allowed_persistence_regions = [var.location]
  }
}

resource "google_pubsub_subscription" "dead_letters" {
  project                    = var.project_id
  name                       = "${var.prefix}-dataset-dead-letters"
  topic                      = google_pubsub_topic.dead_letters.id
  labels                     = var.labels
  ack_deadline_seconds       = 60
  message_retention_duration = "2678400s"
  retain_acked_messages      = false

  # An empty lifetime means for ever; the default removes a subscription that nobody read for 31 days.
  expiration_policy {
    ttl = ""
  }
}
