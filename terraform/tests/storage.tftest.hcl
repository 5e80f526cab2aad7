mock_provider "google" {}

variables {
  project_id              = "sample-dev-1"
  location                = "us-central1"
  name                    = "sample-dev-1-retune"
  noncurrent_version_days = 90
  pipeline_root_days      = 30
  soft_delete_days        = 7
}

run "bucket_is_private_and_remembers" {
  command = plan

  module {
    source = "./modules/storage"
  }

  variables {
    kms_key = "projects/sample-dev-1/locations/us-central1/keyRings/retune/cryptoKeys/data"
    readers = { scheduler = "serviceAccount:retune-scheduler@sample-dev-1.iam.gserviceaccount.com" }
    writers = { pipeline = "serviceAccount:retune-pipeline@sample-dev-1.iam.gserviceaccount.com" }
  }

  assert {
    condition     = google_storage_bucket.this.uniform_bucket_level_access && google_storage_bucket.this.public_access_prevention == "enforced"
    error_message = "Nobody may reach the bucket but through its policy, and the public never."
  }
  assert {
    condition     = google_storage_bucket.this.versioning[0].enabled && !google_storage_bucket.this.force_destroy
    error_message = "The ledger's history must survive overwriting and destroying."
  }
  assert {
    condition     = google_storage_bucket.this.soft_delete_policy[0].retention_duration_seconds == 7 * 24 * 60 * 60
    error_message = "Deleted objects must stay recoverable for soft_delete_days."
  }
  assert {
    condition     = output.pipeline_root == "gs://sample-dev-1-retune/pipeline_root"
    error_message = "Runs write below pipeline_root, which `retune run` uses too."
  }
  assert {
    condition = [
      for rule in google_storage_bucket.this.lifecycle_rule : one(rule.condition).matches_prefix
      if one(rule.action).type == "Delete" && one(rule.condition).with_state == "LIVE"
    ] == [tolist(["pipeline_root/"])]
    error_message = "Only pipeline_root/ may lose live objects; datasets, answers and ledger stay."
  }
  assert {
    condition = alltrue([
      for rule in google_storage_bucket.this.lifecycle_rule : contains(["LIVE", "ARCHIVED"], one(rule.condition).with_state)
      if one(rule.action).type == "Delete"
    ])
    error_message = "A rule without a state would delete live objects everywhere."
  }
  assert {
    condition     = google_storage_bucket.this.encryption[0].default_kms_key_name == var.kms_key
    error_message = "New objects must be encrypted with the key."
  }
  assert {
    condition     = google_storage_bucket_iam_member.writers["pipeline"].role == "roles/storage.objectUser"
    error_message = "The pipeline reads and writes objects, and changes neither bucket nor policy."
  }
  assert {
    condition     = google_storage_bucket_iam_member.readers["scheduler"].role == "roles/storage.objectViewer"
    error_message = "The scheduler only reads."
  }
}

run "wrong_values_are_refused" {
  command = plan

  module {
    source = "./modules/storage"
  }

  variables {
    kms_key                 = "data"
    labels                  = { Team = "ML" }
    location                = "EU"
    name                    = "Retune"
    noncurrent_version_days = 0
    pipeline_root_days      = 0.5
    project_id              = "P"
    readers                 = { everyone = "allUsers" }
    soft_delete_days        = 91
    writers                 = { everyone = "allAuthenticatedUsers" }
  }

  expect_failures = [
    var.kms_key,
    var.labels,
    var.location,
    var.name,
    var.noncurrent_version_days,
    var.pipeline_root_days,
    var.project_id,
    var.readers,
    var.soft_delete_days,
    var.writers,
  ]
}
