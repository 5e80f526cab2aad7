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
