output "dead_letter_command" {
  description = "Command that gives Cloud Build's subscription its dead-letter topic and no end; run it once after the first apply."
  value = join(" ", [
    "gcloud pubsub subscriptions update ${google_cloudbuild_trigger.dataset.pubsub_config[0].subscription}",
    "--dead-letter-topic=${google_pubsub_topic.dead_letters.id} --max-delivery-attempts=10 --expiration-period=never",
  ])
}

output "dead_letter_subscription" {
  description = "Subscription that keeps undelivered messages."
  value       = google_pubsub_subscription.dead_letters.name
}

output "topic" {
  description = "Topic of the dataset's changes."
  value       = google_pubsub_topic.changes.id
}

output "trigger_id" {
  description = "Cloud Build's identifier of the trigger."
  value       = google_cloudbuild_trigger.dataset.trigger_id
}
