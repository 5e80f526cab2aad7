mock_provider "google" {}

variables {
  checks_account      = "projects/sample-dev-1/serviceAccounts/retune-checks@sample-dev-1.iam.gserviceaccount.com"
  environment         = "dev"
  image_repository    = "us-central1-docker.pkg.dev/sample-dev-1/retune"
  location            = "us-central1"
  project_id          = "sample-dev-1"
  release_account     = "projects/sample-dev-1/serviceAccounts/retune-release@sample-dev-1.iam.gserviceaccount.com"
  repository          = "projects/sample-dev-1/locations/us-central1/connections/github/repositories/retune"
  state_bucket        = "sample-dev-1-tfstate"
  template_repository = "https://us-central1-kfp.pkg.dev/sample-dev-1/retune-pipelines"
  promoted_from = {
    image_repository    = "us-central1-docker.pkg.dev/sample-test-1/retune"
    template_repository = "https://us-central1-kfp.pkg.dev/sample-test-1/retune-pipelines"
  }
}

run "each_event_has_its_file_account_and_values" {
  command = plan

  module {
    source = "./modules/ci"
  }

  assert {
    condition     = google_cloudbuild_trigger.pull_request[0].filename == "cloudbuild.yaml" && google_cloudbuild_trigger.pull_request[0].service_account == var.checks_account
    error_message = "Code that nobody reviewed must run with the account that can do nothing."
  }
  assert {
    condition     = google_cloudbuild_trigger.pull_request[0].repository_event_config[0].pull_request[0].comment_control == "COMMENTS_ENABLED_FOR_EXTERNAL_CONTRIBUTORS_ONLY"
    error_message = "A stranger's pull request must wait for somebody's comment."
  }
  assert {
    condition     = google_cloudbuild_trigger.pull_request[0].substitutions == null
    error_message = "Pull requests get no values of an environment."
  }
  assert {
    condition     = google_cloudbuild_trigger.release[0].filename == "cloudbuild/release.yaml" && google_cloudbuild_trigger.release[0].repository_event_config[0].push[0].branch == "^main$"
    error_message = "A merge must release, and only into main."
  }
  assert {
    condition = google_cloudbuild_trigger.release[0].substitutions == tomap({
      _CONFIG_FILE         = ""
      _ENVIRONMENT         = "dev"
      _IMAGE_REPOSITORY    = var.image_repository
      _STATE_BUCKET        = var.state_bucket
      _TEMPLATE_REPOSITORY = var.template_repository
    })
    error_message = "cloudbuild/release.yaml takes exactly these."
  }
  assert {
    condition     = google_cloudbuild_trigger.promotion[0].filename == "cloudbuild/promote.yaml" && google_cloudbuild_trigger.promotion[0].approval_config[0].approval_required
    error_message = "A promotion must wait for an approval."
  }
  assert {
    condition     = google_cloudbuild_trigger.promotion[0].repository_event_config[0].push[0].tag == "^v[0-9]+\\.[0-9]+\\.[0-9]+$"
    error_message = "Only version tags promote."
  }
  assert {
    condition = google_cloudbuild_trigger.promotion[0].substitutions == tomap(merge(google_cloudbuild_trigger.release[0].substitutions, {
      _SOURCE_IMAGE_REPOSITORY    = var.promoted_from.image_repository
      _SOURCE_TEMPLATE_REPOSITORY = var.promoted_from.template_repository
    }))
    error_message = "cloudbuild/promote.yaml takes exactly these."
  }
  assert {
    condition     = google_storage_bucket_iam_member.release_keeps_state.member == "serviceAccount:retune-release@sample-dev-1.iam.gserviceaccount.com" && google_storage_bucket_iam_member.release_keeps_state.bucket == var.state_bucket
    error_message = "Releases write this environment's state and no other."
  }
}

run "promotion_without_a_source_is_refused" {
  command = plan

  module {
    source = "./modules/ci"
  }

  variables {
    promoted_from = null
    triggers      = ["promotion"]
  }

  expect_failures = [var.promoted_from]
}

# By itself, because the rule for promoted_from reads triggers, and waits until those are right.
run "unknown_triggers_are_refused" {
  command = plan

  module {
    source = "./modules/ci"
  }

  variables {
    triggers = ["everything"]
  }

  expect_failures = [var.triggers]
}

run "wrong_values_are_refused" {
  command = plan

  module {
    source = "./modules/ci"
  }

  variables {
    branch              = "main"
    checks_account      = "somebody"
    config_file         = "config dev"
    environment         = "test"
    image_repository    = "docker.io/example"
    location            = "us"
    prefix              = "R"
    project_id          = "1"
    promoted_from       = { image_repository = "docker.io/example", template_repository = "docker.io/example" }
    release_account     = "somebody"
    repository          = "github.com/example/retune"
    state_bucket        = "gs://state"
    template_repository = "docker.io/example"
  }

  expect_failures = [
    var.branch,
    var.checks_account,
    var.config_file,
    var.environment,
    var.image_repository,
    var.location,
    var.prefix,
    var.project_id,
    var.promoted_from,
    var.release_account,
    var.repository,
    var.state_bucket,
    var.template_repository,
  ]
}
