variable "operators" {
  description = "Members who may act as the scheduler: start runs, pause and resume the schedule."
  type        = set(string)
  default     = []

  validation {
    condition = alltrue([
      for member in var.operators : can(regex("^(serviceAccount|group|user):[^@\\s]+@\\S+$", member))
    ])
    error_message = "operators must be serviceAccount:, group: or user: members."
  }
}

variable "prefix" {
  description = "Start of the accounts' names."
  type        = string
  default     = "retune"

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,18}[a-z0-9]$", var.prefix))
    error_message = "prefix must have 3 to 20 lower-case letters, digits or dashes, because account names end at 30."
  }
}

variable "project_id" {
  description = "Project of the accounts."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{4,28}[a-z0-9]$", var.project_id))
    error_message = "project_id must be a project's identifier, not its number."
  }
}

variable "tuning_agent" {
  description = "Google's tuning agent as a member, once the first tuning job has created it; null before."
  type        = string
  default     = null

  validation {
    condition     = var.tuning_agent == null ? true : can(regex("^serviceAccount:[^@\\s]+@\\S+$", var.tuning_agent))
    error_message = "tuning_agent must be a serviceAccount: member, or null while the project has no such agent."
  }
}
