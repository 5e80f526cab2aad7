variable "image_readers" {
  description = "Members who may pull images, by a name of your choice."
  type        = map(string)
  default     = {}

  validation {
    condition = alltrue([
      for member in values(var.image_readers) : can(regex("^(serviceAccount|group|user):[^@\\s]+@\\S+$", member))
    ])
    error_message = "image_readers must be serviceAccount:, group: or user: members."
  }
}

variable "image_writers" {
  description = "Members who may push images, by a name of your choice."
  type        = map(string)
  default     = {}

  validation {
    condition = alltrue([
      for member in values(var.image_writers) : can(regex("^(serviceAccount|group|user):[^@\\s]+@\\S+$", member))
    ])
    error_message = "image_writers must be serviceAccount:, group: or user: members."
  }
}

variable "kms_key" {
  description = "Key of the repositories; null for Google's."
  type        = string
  default     = null

  validation {
    condition = var.kms_key == null ? true : can(
      regex("^projects/[^/]+/locations/[^/]+/keyRings/[^/]+/cryptoKeys/[^/]+$", var.kms_key)
    )
    error_message = "kms_key must be a key's full name, projects/.../cryptoKeys/NAME, or null."
  }
}

variable "labels" {
  description = "Labels of the repositories."
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
  description = "Region of the repositories."
  type        = string

  validation {
    condition     = can(regex("^[a-z]+-[a-z]+[0-9]+$", var.location))
    error_message = "location must be a region like us-central1."
  }
}

variable "prefix" {
  description = "Name of the image repository, and start of the template repository's name."
  type        = string
  default     = "retune"

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,50}[a-z0-9]$", var.prefix))
    error_message = "prefix must have 3 to 52 lower-case letters, digits or dashes."
  }
}

variable "project_id" {
  description = "Project of the repositories."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{4,28}[a-z0-9]$", var.project_id))
    error_message = "project_id must be a project's identifier, not its number."
  }
}

variable "template_readers" {
  description = "Members who may read compiled pipelines, by a name of your choice."
  type        = map(string)
  default     = {}

  validation {
    condition = alltrue([
      for member in values(var.template_readers) : can(regex("^(serviceAccount|group|user):[^@\\s]+@\\S+$", member))
    ])
    error_message = "template_readers must be serviceAccount:, group: or user: members."
  }
}

variable "template_writers" {
  description = "Members who may upload compiled pipelines, by a name of your choice."
  type        = map(string)
  default     = {}

  validation {
    condition = alltrue([
      for member in values(var.template_writers) : can(regex("^(serviceAccount|group|user):[^@\\s]+@\\S+$", member))
    ])
    error_message = "template_writers must be serviceAccount:, group: or user: members."
  }
}
