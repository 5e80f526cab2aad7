variable "agents" {
  description = "Google's own accounts that use the key, by a name of your choice."
  type        = map(string)

  validation {
    condition = alltrue([
      for member in values(var.agents) : can(regex("^serviceAccount:[^@\\s]+@\\S+$", member))
    ])
    error_message = "agents must be serviceAccount: members."
  }
}

variable "labels" {
  description = "Labels of the key."
  type        = map(string)
  default     = {}

  validation {
    condition = alltrue([
      for key, value in var.labels : can(regex("^[a-z][a-z0-9_-]{0,62}=[a-z0-9_-]{0,63}$", "${key}=${value}"))
    ])
    error_message = "labels must have lower-case letters, digits, dashes and underscores, 63 at most."
  }
}

variable "location" {
  description = "Region of the key, which must be that of what it encrypts."
  type        = string

  validation {
    condition     = can(regex("^[a-z]+-[a-z]+[0-9]+$", var.location))
    error_message = "location must be a region like us-central1."
  }
}

variable "prefix" {
  description = "Name of the key ring."
  type        = string
  default     = "retune"

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,18}[a-z0-9]$", var.prefix))
    error_message = "prefix must have 3 to 20 lower-case letters, digits or dashes."
  }
}

variable "project_id" {
  description = "Project of the key."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{4,28}[a-z0-9]$", var.project_id))
    error_message = "project_id must be a project's identifier, not its number."
  }
}

variable "protection_level" {
  description = "Where the key lives: SOFTWARE, or HSM, which costs more."
  type        = string
  default     = "SOFTWARE"

  validation {
    condition     = contains(["HSM", "SOFTWARE"], var.protection_level)
    error_message = "protection_level must be HSM or SOFTWARE."
  }
}

variable "unsupported_base_models" {
  description = "Base models of the configuration that cannot be used with such a key; must be empty."
  type        = list(string)
  default     = []

  validation {
    condition     = length(var.unsupported_base_models) == 0
    error_message = "unsupported_base_models: these cannot be tuned with a customer-managed key; tune gemini-2.5 models, or do without the key."
  }
}
