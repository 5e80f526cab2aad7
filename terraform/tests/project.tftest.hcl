mock_provider "google" {
  mock_data "google_project" {
    defaults = { number = "123456789012" }
  }
}

variables {
  project_id = "sample-dev-1"
}

run "services_survive_destroy" {
  command = plan

  module {
    source = "./modules/project"
  }

  assert {
    condition     = alltrue([for service in google_project_service.this : service.disable_on_destroy == false])
    error_message = "Taking Retune away must not disable a service that others use."
  }
  assert {
    condition     = contains(output.services, "aiplatform.googleapis.com")
    error_message = "Vertex AI must be enabled."
  }
  assert {
    condition     = output.service_agents.pubsub == "serviceAccount:service-123456789012@gcp-sa-pubsub.iam.gserviceaccount.com"
    error_message = "An agent is named after the project's number."
  }
}

run "wrong_values_are_refused" {
  command = plan

  module {
    source = "./modules/project"
  }

  variables {
    project_id = "P"
    services   = ["aiplatform"]
  }

  expect_failures = [var.project_id, var.services]
}
