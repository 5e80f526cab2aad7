variable "dead_letter_subscription" {
  description = "Subscription of undelivered dataset changes; null where there is no dataset trigger."
  type        = string
  default     = null

  validation {
    condition     = var.dead_letter_subscription == null ? true : can(regex("^[A-Za-z][A-Za-z0-9._~+%-]{2,254}$", var.dead_letter_subscription))
    error_message = "dead_letter_subscription must be a subscription's short name, or null."
  }
}

variable "emails" {
  description = "Addresses that are told."
  type        = set(string)
  default     = []

  validation {
    condition     = alltrue([for address in var.emails : can(regex("^[^@\\s]+@[^@\\s]+\\.[^@\\s]+$", address))])
    error_message = "emails must be addresses like team@example.com."
  }
}

variable "labels" {
  description = "Labels of channels, alerts and dashboard."
  type        = map(string)
  default     = {}

  validation {
    condition = alltrue([
      for key, value in var.labels : can(regex("^[a-z][a-z0-9_-]{0,62}=[a-z0-9_-]{0,63}$", "${key}=${value}"))
    ])
    error_message = "labels must have lower-case letters, digits, dashes and underscores, 63 at most."
  }
}

variable "max_days_between_runs" {
  description = "Days without a successful run after which people are told; null where nothing is scheduled."
  type        = number
  default     = null

  validation {
    condition = var.max_days_between_runs == null ? true : (
      var.max_days_between_runs >= 1 && var.max_days_between_runs <= 400 &&
      floor(var.max_days_between_runs) == var.max_days_between_runs
    )
    error_message = "max_days_between_runs must be a whole number from 1 to 400, or null."
  }
}

variable "max_days_between_watches" {
  description = "Days without a watch of what serves after which people are told; null where none is scheduled."
  type        = number
  default     = null

  validation {
    condition = var.max_days_between_watches == null ? true : (
      var.max_days_between_watches >= 1 && var.max_days_between_watches <= 400 &&
      floor(var.max_days_between_watches) == var.max_days_between_watches
    )
    error_message = "max_days_between_watches must be a whole number from 1 to 400, or null."
  }
}

variable "monthly_runs_usd" {
  description = "US dollars that 30 days of runs and watches may cost by their own estimates; null for no such alert."
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

variable "project_id" {
  description = "Project whose runs are watched."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{4,28}[a-z0-9]$", var.project_id))
    error_message = "project_id must be a project's identifier, not its number."
  }
}
