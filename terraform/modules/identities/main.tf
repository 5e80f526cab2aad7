locals {
  accounts = {
    checks = {
      name    = "Retune checks"
      purpose = "Runs the checks of pull requests, which is code that nobody has reviewed yet; may write its log."
    }
    pipeline = {
      name    = "Retune pipeline"
      purpose = "Runs the pipeline's tasks: uses the bucket, tunes, registers and deploys models."
    }
    release = {
      name    = "Retune release"
      purpose = "Builds of the main branch and of releases: image, template, and the schedule that uses them."
    }
    scheduler = {
      name    = "Retune scheduler"
      purpose = "Starts runs and manages their schedule, for people who act as it."
    }
    trigger = {
      name    = "Retune trigger"
      purpose = "Builds that answer a changed dataset: starts one run, and cannot tune or deploy by itself."
    }
    tuning = {
      name    = "Retune tuning"
      purpose = "Tuning jobs: reads the snapshot."
    }
  }
  # Written out, because a plan that says who gets what needs the addresses before the accounts exist.
  emails = {
    for name in keys(local.accounts) : name => "${var.prefix}-${name}@${var.project_id}.iam.gserviceaccount.com"
  }
}

resource "google_service_account" "this" {
  for_each = local.accounts

  project      = var.project_id
  account_id   = "${var.prefix}-${each.key}"
  display_name = each.value.name
  description  = each.value.purpose
}
