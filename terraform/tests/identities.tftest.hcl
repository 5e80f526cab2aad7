mock_provider "google" {}

variables {
  project_id = "sample-dev-1"
}

run "accounts_have_what_they_need_and_no_more" {
  command = plan

  module {
    source = "./modules/identities"
  }

  assert {
    condition     = google_service_account.pipeline.account_id == "retune-pipeline" && google_service_account.scheduler.account_id == "retune-scheduler"
    error_message = "Tasks and whoever starts them must have accounts of their own."
  }
  assert {
    condition     = google_project_iam_member.pipeline_vertex_user.role == "roles/aiplatform.user"
    error_message = "On the project, the pipeline uses Vertex AI and nothing else."
  }
  assert {
    condition = alltrue([
      for permission in google_project_iam_custom_role.run_submitter.permissions :
      startswith(permission, "aiplatform.pipelineJobs.") || startswith(permission, "aiplatform.schedules.")
    ])
    error_message = "The scheduler starts runs; tuning and deploying are the pipeline's."
  }
  assert {
    condition     = google_project_iam_custom_role.run_submitter.role_id == "RetuneRunSubmitter"
    error_message = "Role identifiers take letters and digits, without the prefix's dashes."
  }
  assert {
    condition     = google_service_account_iam_member.scheduler_acts_as_pipeline.role == "roles/iam.serviceAccountUser"
    error_message = "The scheduler may start runs as the pipeline's account."
  }
}

run "wrong_values_are_refused" {
  command = plan

  module {
    source = "./modules/identities"
  }

  variables {
    prefix     = "a-prefix-that-is-much-too-long"
    project_id = "projects/sample-dev-1"
  }

  expect_failures = [var.prefix, var.project_id]
}
