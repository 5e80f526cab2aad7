# A new or overwritten object -> topic -> build that submits one run.
#
# Cloud Build passes the message's fields as substitutions, and cloudbuild/dataset.yaml passes those to its commands
# through the environment: an object's name is whatever its uploader typed. Messages may come twice; the build is given
# the object's generation, which names one content for ever, and `retune submit` starts one run for a set of files.
resource "google_pubsub_topic" "changes" {
  project                    = var.project_id
  name                       = "${var.prefix}-dataset-changes"
  labels                     = var.labels
  kms_key_name               = var.kms_key
  message_retention_duration = "604800s"

  message_storage_policy {
    allowed_persistence_regions = [var.location]
  }
}

resource "google_storage_notification" "changes" {
  bucket             = var.bucket
  topic              = google_pubsub_topic.changes.id
  payload_format     = "JSON_API_V1"
  event_types        = ["OBJECT_FINALIZE"]
  object_name_prefix = var.object_prefix

  # Cloud Storage refuses a notification to a topic that its agent may not publish to.
  depends_on = [google_pubsub_topic_iam_member.storage_publishes]
}

resource "google_cloudbuild_trigger" "dataset" {
  project         = var.project_id
  location        = var.location
  name            = "${var.prefix}-dataset"
  description     = "Submits a run for a changed dataset."
  service_account = var.trigger_account

  pubsub_config {
    topic = google_pubsub_topic.changes.id
  }

  source_to_build {
    repository = var.repository
    ref        = var.revision
    repo_type  = var.repository_type
  }

  git_file_source {
    path       = "cloudbuild/dataset.yaml"
    repository = var.repository
    revision   = var.revision
    repo_type  = var.repository_type
  }

  substitutions = {
    _BUCKET      = "$(body.message.attributes.bucketId)"
    _CONFIG_FILE = var.config_file
    _EVENT       = "$(body.message.attributes.eventType)"
    _GENERATION  = "$(body.message.attributes.objectGeneration)"
    _IMAGE       = var.image
    _OBJECT      = "$(body.message.attributes.objectId)"
  }

  # Who may publish to the topic can still only name objects of this bucket whose names look like a dataset's.
  filter = join(" && ", [
    "_EVENT == \"OBJECT_FINALIZE\"",
    "_BUCKET == ${jsonencode(var.bucket)}",
    "_OBJECT.matches(${jsonencode(var.object_pattern)})",
    "_GENERATION.matches(\"^[0-9]+$\")",
  ])
}
