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
    image_readers    = { prod = "serviceAccount:retune-release@sample-prod-1.iam.gserviceaccount.com" }
    image_writers    = { release = "serviceAccount:retune-release@sample-dev-1.iam.gserviceaccount.com" }
    kms_key          = "projects/sample-dev-1/locations/us-central1/keyRings/retune/cryptoKeys/data"
    template_readers = { pipeline = "serviceAccount:retune-pipeline@sample-dev-1.iam.gserviceaccount.com" }
    template_writers = { release = "serviceAccount:retune-release@sample-dev-1.iam.gserviceaccount.com" }
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
    condition = {
      for name, grant in google_artifact_registry_repository_iam_member.this : name => "${grant.repository} ${grant.role}"
      } == {
      "image reader prod"        = "retune roles/artifactregistry.reader"
      "image writer release"     = "retune roles/artifactregistry.writer"
      "template reader pipeline" = "retune-pipelines roles/artifactregistry.reader"
      "template writer release"  = "retune-pipelines roles/artifactregistry.writer"
    }
    error_message = "Each is granted on the one repository, and only builds write."
  }
  assert {
    condition     = google_artifact_registry_repository.images.kms_key_name == var.kms_key && google_artifact_registry_repository.templates.kms_key_name == var.kms_key
    error_message = "Both repositories must have the key."
  }
}

run "wrong_values_are_refused" {
  command = plan

  module {
    source = "./modules/registry"
  }

  variables {
    image_readers    = { everyone = "allUsers" }
    image_writers    = { everyone = "allAuthenticatedUsers" }
    kms_key          = "data"
    labels           = { Team = "ml" }
    location         = "earth"
    prefix           = "R"
    project_id       = "p"
    template_readers = { everyone = "allUsers" }
    template_writers = { everyone = "allUsers" }
  }

  expect_failures = [
    var.image_readers,
    var.image_writers,
    var.kms_key,
    var.labels,
    var.location,
    var.prefix,
    var.project_id,
    var.template_readers,
    var.template_writers,
  ]
}
