mock_provider "google" {}

variables {
  project_id = "sample-dev-1"
  location   = "us-central1"
}

run "repositories_for_images_and_templates" {
  command = plan

  module {
    source = "./modules/registry"
  }

  variables {
    template_readers = { pipeline = "serviceAccount:retune-pipeline@sample-dev-1.iam.gserviceaccount.com" }
  }

  assert {
    condition     = google_artifact_registry_repository.images.format == "DOCKER" && google_artifact_registry_repository.images.docker_config[0].immutable_tags
    error_message = "An image's tag must not move."
  }
  assert {
    condition     = google_artifact_registry_repository.templates.format == "KFP"
    error_message = "Schedules read templates from a KFP repository only."
  }
  assert {
    condition     = google_artifact_registry_repository_iam_member.template_readers["pipeline"].role == "roles/artifactregistry.reader"
    error_message = "Template readers read."
  }
}

run "wrong_values_are_refused" {
  command = plan

  module {
    source = "./modules/registry"
  }

  variables {
    labels           = { Team = "ml" }
    location         = "earth"
    prefix           = "R"
    project_id       = "p"
    template_readers = { everyone = "allUsers" }
  }

  expect_failures = [var.labels, var.location, var.prefix, var.project_id, var.template_readers]
}
