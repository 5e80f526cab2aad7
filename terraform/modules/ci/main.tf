# Builds are given these substitutions; steps pass them to commands through the environment.
locals {
  substitutions = {
    _CONFIG_FILE         = var.config_file == null ? "" : var.config_file
    _ENVIRONMENT         = var.environment
    _IMAGE_REPOSITORY    = var.image_repository
    _STATE_BUCKET        = var.state_bucket
    _TEMPLATE_REPOSITORY = var.template_repository
  }
}

# The build runs code that nobody has reviewed yet: its account may write a log, and for people without write access to
# the repository it waits until somebody with it comments /gcbrun.
resource "google_cloudbuild_trigger" "pull_request" {
  count = contains(var.triggers, "pull_request") ? 1 : 0

  project            = var.project_id
  location           = var.location
  name               = "${var.prefix}-pull-request"
  description        = "Checks a pull request."
  service_account    = var.checks_account
  filename           = "cloudbuild.yaml"
  include_build_logs = "INCLUDE_BUILD_LOGS_WITH_STATUS"

  repository_event_config {
    repository = var.repository
    pull_request {
      branch          = var.branch
      comment_control = "COMMENTS_ENABLED_FOR_EXTERNAL_CONTRIBUTORS_ONLY"
    }
  }
}

resource "google_cloudbuild_trigger" "release" {
  count = contains(var.triggers, "release") ? 1 : 0

  project         = var.project_id
  location        = var.location
  name            = "${var.prefix}-release"
  description     = "Builds image and template of a merge and lets this environment use them."
  service_account = var.release_account
  filename        = "cloudbuild/release.yaml"
  substitutions   = local.substitutions

  repository_event_config {
    repository = var.repository
    push {
      branch = var.branch
    }
  }
}

# A version tag promotes what was built and tested for the tagged commit; nothing is built again.
resource "google_cloudbuild_trigger" "promotion" {
  count = contains(var.triggers, "promotion") ? 1 : 0

  project         = var.project_id
  location        = var.location
  name            = "${var.prefix}-promotion"
  description     = "Lets this environment use the image and template of a tagged commit."
  service_account = var.release_account
  filename        = "cloudbuild/promote.yaml"
  substitutions = merge(local.substitutions, {
    _SOURCE_IMAGE_REPOSITORY    = var.promoted_from.image_repository
    _SOURCE_TEMPLATE_REPOSITORY = var.promoted_from.template_repository
  })

  approval_config {
    approval_required = var.approval_required
  }

  repository_event_config {
    repository = var.repository
    push {
      tag = "^v[0-9]+\\.[0-9]+\\.[0-9]+$"
    }
  }
}
