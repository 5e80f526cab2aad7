resource "google_pubsub_topic_iam_member" "storage_publishes" {
  project = var.project_id
  topic   = google_pubsub_topic.changes.name
  role    = "roles/pubsub.publisher"
  member  = var.storage_agent
}

# To move a message to the dead letters, Pub/Sub's agent must publish it there and acknowledge it here.
resource "google_pubsub_topic_iam_member" "dead_letters_publisher" {
  project = var.project_id
  topic   = google_pubsub_topic.dead_letters.name
  role    = "roles/pubsub.publisher"
  member  = var.pubsub_agent
}

resource "google_pubsub_subscription_iam_member" "dead_letters_subscriber" {
  project      = var.project_id
  subscription = google_cloudbuild_trigger.dataset.pubsub_config[0].subscription
  role         = "roles/pubsub.subscriber"
  member       = var.pubsub_agent
}
