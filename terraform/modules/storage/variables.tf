variable "kms_key" {
  description = "Key of the objects; null for Google's."
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
  description = "Labels of the bucket."
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
  description = "Region of the bucket; the tuning service reads it from the same region."
  type        = string

  validation {
    condition     = can(regex("^[a-z]+-[a-z]+[0-9]+$", var.location))
    error_message = "location must be a region like us-central1."
  }
}

variable "name" {
  description = "Name of the bucket."
  type        = string

  validation {
    condition     = can(regex("^[a-z0-9][a-z0-9_-]{1,61}[a-z0-9]$", var.name))
    error_message = "name must have 3 to 63 lower-case letters, digits, dashes or underscores, without gs://."
  }
}

variable "noncurrent_version_days" {
  description = "Days that replaced or deleted versions of an object are kept."
  type        = number

  validation {
    condition = (
      var.noncurrent_version_days >= 30 &&
      floor(var.noncurrent_version_days) == var.noncurrent_version_days
    )
    error_message = "noncurrent_version_days must be a whole number of at least 30."
  }
}

variable "pipeline_root_days" {
  description = "Days that files below pipeline_root/ are kept."
  type        = number

  validation {
    condition     = var.pipeline_root_days >= 7 && floor(var.pipeline_root_days) == var.pipeline_root_days
    error_message = "pipeline_root_days must be a whole number of at least 7."
  }
}

variable "project_id" {
  description = "Project of the bucket."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{4,28}[a-z0-9]$", var.project_id))
    error_message = "project_id must be a project's identifier, not its number."
  }
}

variable "readers" {
  description = "Members who may read objects, by a name of your choice."
  type        = map(string)
  default     = {}

  validation {
    condition = alltrue([
      for member in values(var.readers) : can(regex("^(serviceAccount|group|user):[^@\\s]+@\\S+$", member))
    ])
    error_message = "readers must be serviceAccount:, group: or user: members; the bucket is never public."
  }
}

variable "soft_delete_days" {
  description = "Days in which deleted objects can be brought back."
  type        = number

  validation {
    condition = (
      var.soft_delete_days >= 7 && var.soft_delete_days <= 90 &&
      floor(var.soft_delete_days) == var.soft_delete_days
    )
    error_message = "soft_delete_days must be a whole number from 7 to 90."
  }
}

variable "writers" {
  description = "Members who may read, write and delete objects, by a name of your choice."
  type        = map(string)
  default     = {}

  validation {
    condition = alltrue([
      for member in values(var.writers) : can(regex("^(serviceAccount|group|user):[^@\\s]+@\\S+$", member))
    ])
    error_message = "writers must be serviceAccount:, group: or user: members; the bucket is never public."
  }
}
