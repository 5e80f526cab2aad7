mock_provider "google" {}

variables {
  amount          = 100
  billing_account = "000000-AAAAAA-000000"
  display_name    = "Retune dev"
  project_number  = "123456789012"
}

run "the_projects_cost_of_a_month" {
  command = plan

  module {
    source = "./modules/budget"
  }

  variables {
    notification_channels = ["projects/sample-dev-1/notificationChannels/42"]
  }

  assert {
    condition     = google_billing_budget.this.budget_filter[0].projects == toset(["projects/123456789012"]) && google_billing_budget.this.budget_filter[0].calendar_period == "MONTH"
    error_message = "The budget is this project's, by the month."
  }
  assert {
    condition     = google_billing_budget.this.amount[0].specified_amount[0].units == "100"
    error_message = "The budget must be the amount that was asked for."
  }
  assert {
    condition     = sort([for rule in google_billing_budget.this.threshold_rules : "${rule.spend_basis} ${rule.threshold_percent}"]) == tolist(["CURRENT_SPEND 0.5", "CURRENT_SPEND 0.9", "CURRENT_SPEND 1", "FORECASTED_SPEND 1"])
    error_message = "People must be told at a half, nine tenths, the whole, and when the whole is foreseen."
  }
  assert {
    condition     = google_billing_budget.this.all_updates_rule[0].monitoring_notification_channels == tolist(["projects/sample-dev-1/notificationChannels/42"])
    error_message = "The channels must be told too."
  }
}

run "wrong_values_are_refused" {
  command = plan

  module {
    source = "./modules/budget"
  }

  variables {
    amount                = 0.5
    billing_account       = "billingAccounts/1"
    currency              = "dollars"
    display_name          = ""
    notification_channels = ["1", "2", "3", "4", "5", "6"]
    project_number        = ""
    thresholds            = [0]
  }

  expect_failures = [
    var.amount,
    var.billing_account,
    var.currency,
    var.display_name,
    var.notification_channels,
    var.project_number,
    var.thresholds,
  ]
}
