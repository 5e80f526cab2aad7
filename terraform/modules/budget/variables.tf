variable "amount" {
  description = "Budget of a month, whole units of the currency."
  type        = number

  validation {
    condition     = var.amount >= 1 && floor(var.amount) == var.amount
    error_message = "amount must be a whole number of at least 1."
  }
}

variable "billing_account" {
  description = "Billing account that pays for the project, like 000000-AAAAAA-000000."
  type        = string

  validation {
    condition     = can(regex("^[0-9A-F]{6}-[0-9A-F]{6}-[0-9A-F]{6}$", var.billing_account))
    error_message = "billing_account must be three groups of six digits and letters A to F."
  }
}

variable "currency" {
  description = "Currency of the billing account; a budget cannot have another."
  type        = string
  default     = "USD"

  validation {
    condition     = can(regex("^[A-Z]{3}$", var.currency))
    error_message = "currency must be an ISO 4217 code like USD."
  }
}

variable "display_name" {
  description = "Name that people see."
  type        = string

  validation {
    condition     = length(var.display_name) >= 1 && length(var.display_name) <= 60
    error_message = "display_name must have 1 to 60 characters."
  }
}

variable "notification_channels" {
  description = "Full names of channels that are told, beside the billing account's administrators."
  type        = list(string)
  default     = []

  validation {
    condition     = length(var.notification_channels) <= 5
    error_message = "notification_channels may be five at most, which is what a budget takes."
  }
}

variable "project_number" {
  description = "Number of the project whose costs count."
  type        = string

  validation {
    condition     = can(regex("^\\S+$", var.project_number))
    error_message = "project_number must not be empty."
  }
}

variable "thresholds" {
  description = "Shares of the budget at which people are told."
  type        = set(number)
  default     = [0.5, 0.9, 1]

  validation {
    condition     = length(var.thresholds) > 0 && alltrue([for share in var.thresholds : share > 0 && share <= 10])
    error_message = "thresholds must be shares above 0, 1 for the whole budget."
  }
}
