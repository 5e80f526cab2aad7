mock_provider "google" {
  mock_resource "google_service_account" {
    defaults = { name = "projects/sample-dev-1/serviceAccounts/retune-mock@sample-dev-1.iam.gserviceaccount.com" }
  }
}

variables {
  project_id = "sample-dev-1"
}

run "accounts_have_what_they_need_and_no_more" {
  command = plan

  module {
    source = "./modules/identities"
  }

  variables {
    operators = ["group:ml@example.com"]
  }

  assert {
    condition     = sort([for account in google_service_account.this : account.account_id]) == sort([for name in ["checks", "pipeline", "release", "scheduler", "trigger", "tuning"] : "retune-${name}"])
    error_message = "Each purpose must have an account of its own."
  }
  assert {
    condition = jsonencode(output.roles) == jsonencode({
      checks   = ["roles/logging.logWriter"]
      pipeline = ["roles/aiplatform.user"]
      release = [
        "projects/sample-dev-1/roles/RetuneInfrastructureReader",
        "projects/sample-dev-1/roles/RetuneRunStarter",
        "projects/sample-dev-1/roles/RetuneScheduleKeeper",
        "projects/sample-dev-1/roles/RetuneTriggerKeeper",
        "roles/logging.logWriter",
      ]
      scheduler = ["projects/sample-dev-1/roles/RetuneRunStarter", "projects/sample-dev-1/roles/RetuneScheduleKeeper"]
      trigger   = ["projects/sample-dev-1/roles/RetuneRunStarter", "roles/logging.logWriter"]
      tuning    = ["roles/aiplatform.tuningServiceAgent"]
    })
    error_message = "These and no other roles on the project."
  }
  assert {
    condition     = length(google_project_iam_member.predefined) + length(google_project_iam_member.custom) == sum([for roles in values(output.roles) : length(roles)])
    error_message = "The output must tell of every grant on the project."
  }
  assert {
    condition     = google_project_iam_member.custom["trigger RunStarter"].member == output.accounts.trigger.member
    error_message = "A grant must go to the account that it is for."
  }
  assert {
    condition = alltrue([
      for name in ["RunStarter", "ScheduleKeeper"] : alltrue([
        for permission in google_project_iam_custom_role.this[name].permissions :
        startswith(permission, "aiplatform.pipelineJobs.") || startswith(permission, "aiplatform.schedules.")
      ])
    ])
    error_message = "Whoever starts runs cannot tune or deploy; that is the pipeline's."
  }
  assert {
    condition = alltrue([
      for permission in google_project_iam_custom_role.this["InfrastructureReader"].permissions :
      can(regex("\\.(get|getIamPolicy|list|use)$", permission)) && !strcontains(permission, "objects")
    ])
    error_message = "A plan reads what was made, changes nothing and sees no data."
  }
  assert {
    condition     = alltrue([for grant in google_service_account_iam_member.acts_as : grant.role == "roles/iam.serviceAccountUser"])
    error_message = "Starting something as another account needs no key and no token of it."
  }
  assert {
    condition     = !contains(keys(google_service_account_iam_member.acts_as), "checks as pipeline") && length(google_service_account_iam_member.acts_as) == 5
    error_message = "Pull requests are nobody else's code: their builds act as no other account."
  }
  assert {
    condition     = google_service_account_iam_member.operators["group:ml@example.com"].role == "roles/iam.serviceAccountTokenCreator"
    error_message = "People act as the scheduler without a key."
  }
  assert {
    condition     = length(google_service_account_iam_member.tuning_agent) == 0
    error_message = "Google's tuning agent does not exist before the first tuning job; a policy that names it is refused."
  }
}

run "wrong_values_are_refused" {
  command = plan

  module {
    source = "./modules/identities"
  }

  variables {
    operators    = ["allUsers"]
    prefix       = "a-prefix-that-is-much-too-long"
    project_id   = "projects/sample-dev-1"
    tuning_agent = "service-1@gcp-sa-vertex-tune.iam.gserviceaccount.com"
  }

  expect_failures = [var.operators, var.prefix, var.project_id, var.tuning_agent]
}
