mock_provider "google" {}

variables {
  agents     = { storage = "serviceAccount:service-123456789012@gs-project-accounts.iam.gserviceaccount.com" }
  location   = "us-central1"
  project_id = "sample-dev-1"
}

run "one_key_that_turns_and_that_agents_use" {
  command = plan

  module {
    source = "./modules/encryption"
  }

  assert {
    condition     = google_kms_crypto_key.this.rotation_period == "7776000s" && google_kms_crypto_key.this.destroy_scheduled_duration == "2592000s"
    error_message = "The key must turn every 90 days, and a destroyed version must be recoverable for a month."
  }
  assert {
    condition     = google_kms_crypto_key_iam_member.agents["storage"].role == "roles/cloudkms.cryptoKeyEncrypterDecrypter"
    error_message = "Agents use the key and do not manage it."
  }
  assert {
    condition     = output.kms_key == "projects/sample-dev-1/locations/us-central1/keyRings/retune/cryptoKeys/data"
    error_message = "The key's name must be known to plans."
  }
}

run "models_that_take_no_such_key_are_refused" {
  command = plan

  module {
    source = "./modules/encryption"
  }

  variables {
    unsupported_base_models = ["gemini-3.5-flash"]
  }

  expect_failures = [var.unsupported_base_models]
}

run "wrong_values_are_refused" {
  command = plan

  module {
    source = "./modules/encryption"
  }

  variables {
    agents           = { everyone = "allUsers" }
    labels           = { Team = "ml" }
    location         = "us"
    prefix           = "R"
    project_id       = "1"
    protection_level = "NONE"
  }

  expect_failures = [
    var.agents,
    var.labels,
    var.location,
    var.prefix,
    var.project_id,
    var.protection_level,
  ]
}
