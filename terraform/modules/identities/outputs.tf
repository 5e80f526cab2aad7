output "accounts" {
  description = "Each account's email, member name in policies, and id: checks, pipeline, release, scheduler, trigger, tuning."
  value = {
    for name, email in local.emails : name => {
      email  = email
      id     = "projects/${var.project_id}/serviceAccounts/${email}"
      member = "serviceAccount:${email}"
    }
  }

  # An account without its roles is of no use to whoever starts a run with it.
  depends_on = [
    google_project_iam_member.custom,
    google_project_iam_member.predefined,
    google_service_account.this,
    google_service_account_iam_member.acts_as,
  ]
}

output "roles" {
  description = "Roles that each account has on the project."
  value = {
    for account in keys(local.accounts) : account => sort(concat(
      lookup(local.predefined, account, []),
      [for role in lookup(local.custom, account, []) : "projects/${var.project_id}/roles/${local.role_prefix}${role}"],
    ))
  }
}
