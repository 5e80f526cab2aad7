mock_provider "google" {}

variables {
  bucket          = "sample-dev-1-retune"
  config_file     = "config/dev.yaml"
  image           = "us-central1-docker.pkg.dev/sample-dev-1/retune/retune@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
  location        = "us-central1"
  project_id      = "sample-dev-1"
  pubsub_agent    = "serviceAccount:service-123456789012@gcp-sa-pubsub.iam.gserviceaccount.com"
  repository      = "projects/sample-dev-1/locations/us-central1/connections/github/repositories/retune"
  storage_agent   = "serviceAccount:service-123456789012@gs-project-accounts.iam.gserviceaccount.com"
  trigger_account = "projects/sample-dev-1/serviceAccounts/retune-trigger@sample-dev-1.iam.gserviceaccount.com"
}

# Applied against the mock provider, because identifiers are known only then. Nothing is called.
run "a_changed_dataset_starts_one_build" {
  module {
    source = "./modules/dataset_trigger"
  }

  assert {
    condition     = google_storage_notification.changes.event_types == toset(["OBJECT_FINALIZE"]) && google_storage_notification.changes.object_name_prefix == "datasets/"
    error_message = "Only finished uploads below datasets/ may send a message; runs write elsewhere and must start nothing."
  }
  assert {
    condition     = google_storage_notification.changes.payload_format == "JSON_API_V1"
    error_message = "The payload format must be the one that the substitutions read."
  }
  assert {
    condition = google_cloudbuild_trigger.dataset.substitutions == tomap({
      _BUCKET      = "$(body.message.attributes.bucketId)"
      _CONFIG_FILE = "config/dev.yaml"
      _EVENT       = "$(body.message.attributes.eventType)"
      _GENERATION  = "$(body.message.attributes.objectGeneration)"
      _IMAGE       = var.image
      _OBJECT      = "$(body.message.attributes.objectId)"
    })
    error_message = "cloudbuild/dataset.yaml takes exactly these; the generation is what a repeated message is told by."
  }
  assert {
    condition     = google_cloudbuild_trigger.dataset.filter == "_EVENT == \"OBJECT_FINALIZE\" && _BUCKET == \"sample-dev-1-retune\" && _OBJECT.matches(\"^datasets/([A-Za-z0-9._-]+/)*(train|validation|test)\\\\.jsonl$\") && _GENERATION.matches(\"^[0-9]+$\")"
    error_message = "Messages about other objects, buckets and events must start nothing."
  }
  assert {
    condition     = google_cloudbuild_trigger.dataset.git_file_source[0].path == "cloudbuild/dataset.yaml" && google_cloudbuild_trigger.dataset.service_account == var.trigger_account
    error_message = "The build must be the reviewed file, with the account that can only start runs."
  }
  assert {
    condition     = google_pubsub_topic_iam_member.storage_publishes.member == var.storage_agent && google_pubsub_topic_iam_member.storage_publishes.role == "roles/pubsub.publisher"
    error_message = "Without the right to publish, Cloud Storage's agent gets no notification made."
  }
  assert {
    condition     = google_pubsub_topic_iam_member.dead_letters_publisher.topic == "retune-dataset-dead-letters" && google_pubsub_topic_iam_member.dead_letters_publisher.member == var.pubsub_agent
    error_message = "Pub/Sub's agent must be able to publish dead letters."
  }
  assert {
    condition     = google_pubsub_subscription_iam_member.dead_letters_subscriber.subscription == google_cloudbuild_trigger.dataset.pubsub_config[0].subscription
    error_message = "Pub/Sub's agent must be able to take a dead letter off Cloud Build's subscription."
  }
  assert {
    condition     = google_pubsub_subscription.dead_letters.message_retention_duration == "2678400s" && google_pubsub_subscription.dead_letters.expiration_policy[0].ttl == ""
    error_message = "Dead letters must be kept for a month, and their subscription for ever."
  }
  assert {
    condition     = strcontains(output.dead_letter_command, "--dead-letter-topic=${google_pubsub_topic.dead_letters.id}") && endswith(output.dead_letter_command, " --expiration-period=never")
    error_message = "The command must name the topic of dead letters, and keep the subscription when months pass without a change."
  }
}

run "wrong_values_are_refused" {
  command = plan

  module {
    source = "./modules/dataset_trigger"
  }

  variables {
    bucket          = "gs://sample"
    config_file     = "config dev"
    image           = "us-central1-docker.pkg.dev/sample-dev-1/retune/retune:latest"
    kms_key         = "data"
    labels          = { Team = "ml" }
    location        = "global"
    object_pattern  = "datasets/"
    object_prefix   = "pipeline_root/"
    prefix          = "R"
    project_id      = "1"
    pubsub_agent    = "allUsers"
    repository      = "github.com/example/retune"
    repository_type = "GIT"
    revision        = "main"
    storage_agent   = "allUsers"
    trigger_account = "retune-trigger@sample-dev-1.iam.gserviceaccount.com"
  }

  expect_failures = [
    var.bucket,
    var.config_file,
    var.image,
    var.kms_key,
    var.labels,
    var.location,
    var.object_pattern,
    var.object_prefix,
    var.prefix,
    var.project_id,
    var.pubsub_agent,
    var.repository,
    var.repository_type,
    var.revision,
    var.storage_agent,
    var.trigger_account,
  ]
}
