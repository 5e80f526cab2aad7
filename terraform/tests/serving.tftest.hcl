mock_provider "google" {}

variables {
  display_name = "support-triage"
  location     = "us-central1"
  model_line   = "support-triage"
  project_id   = "sample-dev-1"
}

run "one_endpoint_with_a_name_that_stays" {
  command = plan

  module {
    source = "./modules/serving"
  }

  variables {
    kms_key = "projects/sample-dev-1/locations/us-central1/keyRings/retune/cryptoKeys/data"
  }

  assert {
    condition     = google_vertex_ai_endpoint.this.display_name == "support-triage"
    error_message = "The pipeline finds the endpoint by its display name."
  }
  assert {
    condition     = google_vertex_ai_endpoint.this.name == "254933026" && output.endpoint == "projects/sample-dev-1/locations/us-central1/endpoints/${google_vertex_ai_endpoint.this.name}"
    error_message = "The endpoint has the number that the pipeline makes of the same name, of at most nine digits."
  }
  assert {
    condition     = google_vertex_ai_endpoint.this.labels["retune-name"] == "support-triage"
    error_message = "The endpoint must be labelled with the model line, as the pipeline does it."
  }
  assert {
    condition     = google_vertex_ai_endpoint.this.encryption_spec[0].kms_key_name == var.kms_key
    error_message = "The endpoint must have the key."
  }
}

run "wrong_values_are_refused" {
  command = plan

  module {
    source = "./modules/serving"
  }

  variables {
    display_name = ""
    kms_key      = "data"
    labels       = { Team = "ml" }
    location     = "us"
    model_line   = "Support Triage"
    project_id   = "1"
  }

  expect_failures = [var.display_name, var.kms_key, var.labels, var.location, var.model_line, var.project_id]
}
