variable "alert_emails" {
  description = "Addresses that are told of failed and missing runs and of cost."
  type        = set(string)
  default     = []

  validation {
    condition = alltrue([
      for address in var.alert_emails : can(regex("^[^@\\s]+@[^@\\s]+\\.[^@\\s]+$", address))
    ])
    error_message = "alert_emails must be addresses like team@example.com."
  }
}

variable "billing_account" {
  description = "Billing account of the project, for a budget; null for none."
  type        = string
  default     = null

  validation {
    condition = var.billing_account == null ? true : can(
      regex("^[0-9A-F]{6}-[0-9A-F]{6}-[0-9A-F]{6}$", var.billing_account)
    )
    error_message = "billing_account must be three groups of six digits and letters A to F, or null."
  }
}

variable "currency" {
  description = "Currency of the billing account, for the budget."
  type        = string
  default     = "USD"

  validation {
    condition     = can(regex("^[A-Z]{3}$", var.currency))
    error_message = "currency must be an ISO 4217 code like USD."
  }
}

variable "max_days_between_runs" {
  description = "Days without a successful run that are told, while the schedule is active; longer than its period."
  type        = number
  default     = 8

  validation {
    condition = (
      var.max_days_between_runs >= 1 && var.max_days_between_runs <= 400 &&
      floor(var.max_days_between_runs) == var.max_days_between_runs
    )
    error_message = "max_days_between_runs must be a whole number from 1 to 400."
  }
}

variable "max_days_between_watches" {
  description = "Days without a watch of what serves that are told, while its schedule is active; longer than its period."
  type        = number
  default     = 2

  validation {
    condition = (
      var.max_days_between_watches >= 1 && var.max_days_between_watches <= 400 &&
      floor(var.max_days_between_watches) == var.max_days_between_watches
    )
    error_message = "max_days_between_watches must be a whole number from 1 to 400."
  }
}

variable "monitoring_active" {
  description = "Whether the schedule that watches what serves starts runs; false pauses it."
  type        = bool
  default     = false
}

variable "monitoring_cron" {
  description = "When what serves is watched, as five cron fields; each watch asks at most monitoring.max_rows examples."
  type        = string
  default     = "0 5 * * *"

  validation {
    condition     = can(regex("^[-0-9*,/]+( [-0-9A-Za-z*,/]+){4}$", var.monitoring_cron))
    error_message = "monitoring_cron must have five cron fields like 0 5 * * *; the time zone is schedule_time_zone."
  }
}

variable "monitoring_template_uri" {
  description = "Compiled monitoring pipeline to schedule, pinned by digest, commit or version; null for no such schedule."
  type        = string
  default     = null

  validation {
    condition = var.monitoring_template_uri == null ? true : can(regex(
      "^https://[a-z0-9-]+-kfp\\.pkg\\.dev(/[a-z0-9-]+){3}/(sha256:[0-9a-f]{64}|[0-9a-f]{40}|v[0-9]+(\\.[0-9]+){2})$",
      var.monitoring_template_uri
    ))
    error_message = "monitoring_template_uri must end in sha256:DIGEST, a commit hash or v1.2.3; latest and the like move."
  }

  validation {
    condition     = var.monitoring_template_uri == null || var.config_file != null
    error_message = "monitoring_template_uri needs config_file: a schedule must know what it runs with."
  }
}

variable "monthly_budget" {
  description = "Budget of the project for a month, in currency."
  type        = number
  default     = 100

  validation {
    condition     = var.monthly_budget >= 1 && floor(var.monthly_budget) == var.monthly_budget
    error_message = "monthly_budget must be a whole number of at least 1."
  }
}

variable "monthly_runs_usd" {
  description = "US dollars that 30 days of runs and watches may cost, answers and judges included, before people are told; null for never."
  type        = number
  default     = null

  validation {
    condition     = var.monthly_runs_usd == null ? true : var.monthly_runs_usd > 0
    error_message = "monthly_runs_usd must be above 0, or null."
  }
}

variable "notification_channels" {
  description = "Full names of channels that exist already, a pager's or a chat's."
  type        = list(string)
  default     = []

  validation {
    condition = alltrue([
      for name in var.notification_channels : can(regex("^projects/[^/]+/notificationChannels/[0-9]+$", name))
    ])
    error_message = "notification_channels must be projects/PROJECT/notificationChannels/NUMBER."
  }
}
