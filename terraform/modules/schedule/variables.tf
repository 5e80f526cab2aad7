variable "active" {
  description = "Whether the schedule starts runs; false pauses it."
  type        = bool
  default     = false
}

variable "cron" {
  description = "When a run starts, as five cron fields."
  type        = string

  validation {
    condition     = can(regex("^[-0-9*,/]+( [-0-9A-Za-z*,/]+){4}$", var.cron))
    error_message = "cron must have five cron fields like 0 3 * * 1; the time zone is time_zone."
  }
}

variable "dataset_uri" {
  description = "gs:// folder that stands in for the configured dataset; empty for the configured one."
  type        = string
  default     = ""

  validation {
    condition     = can(regex("^$|^gs://[a-z0-9][a-z0-9._-]+/\\S+$", var.dataset_uri))
    error_message = "dataset_uri must be empty or a folder like gs://bucket/folder."
  }
}

variable "kind" {
  description = "Which pipeline the template is: tuning, which retrains, or monitoring, which watches what serves."
  type        = string
  default     = "tuning"

  validation {
    condition     = contains(["tuning", "monitoring"], var.kind)
    error_message = "kind must be tuning or monitoring."
  }
}

variable "kms_key" {
  description = "Key of the runs' metadata; null for Google's."
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
  description = "Labels of the runs."
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
  description = "Region of schedule and runs."
  type        = string

  validation {
    condition     = can(regex("^[a-z]+-[a-z]+[0-9]+$", var.location))
    error_message = "location must be a region like us-central1."
  }
}

variable "pipeline_config_json" {
  description = "The pipeline's config parameter: the tuning configuration as JSON, from the module configuration."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{0,38}[a-z0-9]$", jsondecode(var.pipeline_config_json).name))
    error_message = "pipeline_config_json must be the JSON text of a tuning configuration with its name."
  }
}

variable "pipeline_root" {
  description = "gs:// folder of the files of pipeline runs."
  type        = string

  validation {
    condition     = can(regex("^gs://[a-z0-9][a-z0-9._-]+/\\S+$", var.pipeline_root))
    error_message = "pipeline_root must be a folder like gs://bucket/pipeline_root."
  }
}

variable "project_id" {
  description = "Project of schedule and runs."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{4,28}[a-z0-9]$", var.project_id))
    error_message = "project_id must be a project's identifier, not its number."
  }
}

variable "service_account" {
  description = "E-mail of the account that the runs' tasks have."
  type        = string

  validation {
    condition     = can(regex("^[a-z0-9-]+@[a-z0-9-]+\\.iam\\.gserviceaccount\\.com$", var.service_account))
    error_message = "service_account must be an account of your own; the project's default account may do far too much."
  }
}

variable "start_time" {
  description = "No run starts before this time (RFC 3339); null for at once."
  type        = string
  default     = null

  validation {
    condition     = var.start_time == null ? true : can(timeadd(var.start_time, "0s"))
    error_message = "start_time must be a time like 2027-01-04T00:00:00Z."
  }
}

variable "starts_runs" {
  description = "Whether tasks of these runs may start further runs as their own account: the configuration's monitoring.start_runs."
  type        = bool
  default     = false
}

variable "template_uri" {
  description = "Compiled pipeline, pinned by digest or by a commit or version tag."
  type        = string

  validation {
    condition = can(regex(
      "^https://[a-z0-9-]+-kfp\\.pkg\\.dev(/[a-z0-9-]+){3}/(sha256:[0-9a-f]{64}|[0-9a-f]{40}|v[0-9]+(\\.[0-9]+){2})$",
      var.template_uri
    ))
    error_message = "template_uri must end in sha256:DIGEST, a commit hash or v1.2.3; latest and the like move."
  }
}

variable "time_zone" {
  description = "Time zone of the cron fields."
  type        = string
  default     = "Etc/UTC"

  validation {
    condition     = can(regex("^[A-Za-z_]+(/[A-Za-z0-9_+-]+)+$", var.time_zone))
    error_message = "time_zone must be a name of the time zone database like Etc/UTC or Europe/Rome."
  }
}
