variable "display_name" {
  description = "Display name of the endpoint: the configuration's serving.endpoint, or the name of the model line."
  type        = string

  validation {
    condition     = can(regex("^\\S.{0,127}$", var.display_name))
    error_message = "display_name must have 1 to 128 characters."
  }
}

variable "kms_key" {
  description = "Key of the endpoint; null for Google's."
  type        = string
  default     = null

  validation {
    condition     = var.kms_key == null ? true : can(regex("^projects/[^/]+/locations/[^/]+/keyRings/[^/]+/cryptoKeys/[^/]+$", var.kms_key))
    error_message = "kms_key must be a key's full name, projects/.../cryptoKeys/NAME, or null."
  }
}

variable "labels" {
  description = "Labels of the endpoint."
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
  description = "Region of the endpoint, that of the tuned models."
  type        = string

  validation {
    condition     = can(regex("^[a-z]+-[a-z]+[0-9]+$", var.location))
    error_message = "location must be a region like us-central1."
  }
}

variable "model_line" {
  description = "Name of the model line."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{0,38}[a-z0-9]$", var.model_line))
    error_message = "model_line must be the configuration's name."
  }
}

variable "project_id" {
  description = "Project of the endpoint."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{4,28}[a-z0-9]$", var.project_id))
    error_message = "project_id must be a project's identifier, not its number."
  }
}
