mock_provider "google" {}

variables {
  pipeline_member = "serviceAccount:retune-pipeline@sample-dev-1.iam.gserviceaccount.com"
}

run "one_secret_and_one_topic_and_nothing_else" {
  command = plan

  module {
    source = "./modules/notification"
  }

  variables {
    topic          = "projects/listeners/topics/retune-runs"
    webhook_secret = "projects/sample-dev-1/secrets/retune-webhook"
  }

  assert {
    condition = (
      google_secret_manager_secret_iam_member.pipeline_reads[0].project == "sample-dev-1" &&
      google_secret_manager_secret_iam_member.pipeline_reads[0].secret_id == "retune-webhook" &&
      google_secret_manager_secret_iam_member.pipeline_reads[0].role == "roles/secretmanager.secretAccessor" &&
      google_secret_manager_secret_iam_member.pipeline_reads[0].member == var.pipeline_member
    )
    error_message = "The pipeline's account reads that secret."
  }
  assert {
    condition = (
      google_pubsub_topic_iam_member.pipeline_publishes[0].project == "listeners" &&
      google_pubsub_topic_iam_member.pipeline_publishes[0].topic == "retune-runs" &&
      google_pubsub_topic_iam_member.pipeline_publishes[0].role == "roles/pubsub.publisher" &&
      google_pubsub_topic_iam_member.pipeline_publishes[0].member == var.pipeline_member
    )
    error_message = "The pipeline's account publishes to that topic."
  }
}

run "nothing_configured_grants_nothing" {
  command = plan

  module {
    source = "./modules/notification"
  }

  assert {
    condition     = length(google_secret_manager_secret_iam_member.pipeline_reads) == 0 && length(google_pubsub_topic_iam_member.pipeline_publishes) == 0 && length(output.grants) == 0
    error_message = "No channel, no rights."
  }
}

run "wrong_values_are_refused" {
  command = plan

  module {
    source = "./modules/notification"
  }

  variables {
    pipeline_member = "allUsers"
    topic           = "retune-runs"
    webhook_secret  = "projects/sample-dev-1/secrets/retune-webhook/versions/1"
  }

  expect_failures = [var.pipeline_member, var.topic, var.webhook_secret]
}
