# What Cloud Build's subscription cannot deliver is kept here for a month. Cloud Build makes that subscription itself and
# neither its API nor the provider has a field for its dead-letter policy: the output dead_letter_command sets it, once.
# Adopting the subscription by an import block would need a second apply too, its name being known after the first only;
# from then on Terraform would make the subscription whenever the trigger is replaced, without the push address that only
# Cloud Build knows. Nor can a check block say that the command is still to be run: its data source is unknown in the plan
# that makes the trigger, and `terraform test` takes that for a failure.
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
