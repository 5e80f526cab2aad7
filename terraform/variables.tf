variable "bucket_name" {
  description = "Name of the bucket for datasets, ledger and pipeline runs; unique in all of Cloud Storage."
  type        = string

  validation {
    condition     = can(regex("^[a-z0-9][a-z0-9_-]{1,61}[a-z0-9]$", var.bucket_name))
    error_message = "bucket_name must have 3 to 63 lower-case letters, digits, dashes or underscores, without gs://."
  }
}

variable "config_file" {
  description = "Tuning configuration, the YAML file of `retune run`, by its path in the repository; null before there is one."
  type        = string
  default     = null

  validation {
    condition     = var.config_file == null ? true : can(regex("^[A-Za-z0-9_][A-Za-z0-9._/-]*\\.ya?ml$", var.config_file))
    error_message = "config_file must be a YAML file's path from the repository's root, like config/dev.yaml."
  }
}

variable "customer_managed_key" {
  description = "Whether everything is encrypted with a key of your own; cannot be changed for an existing bucket's objects."
  type        = bool
  default     = false
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

variable "environment" {
  description = "Which environment this is; put on every resource as a label."
  type        = string

  validation {
    condition     = contains(["dev", "staging", "prod"], var.environment)
    error_message = "environment must be dev, staging or prod."
  }
}

variable "labels" {
  description = "Further labels of all resources that can have labels."
  type        = map(string)
  default     = {}

  validation {
    condition = alltrue([
      for key, value in var.labels :
      can(regex("^[a-z][a-z0-9_-]{0,62}$", key)) && can(regex("^[a-z0-9_-]{0,63}$", value))
    ])
    error_message = "labels must have lower-case letters, digits, dashes and underscores, 63 at most."
  }
}

variable "location" {
  description = "Region of all resources; tuning jobs, bucket and registry must share it."
  type        = string

  validation {
    condition     = can(regex("^[a-z]+-[a-z]+[0-9]+$", var.location))
    error_message = "location must be a region like us-central1; tuning jobs do not run in multi-regions."
  }
}

variable "noncurrent_version_days" {
  description = "Days that replaced or deleted versions of an object are kept."
  type        = number
  default     = 90

  validation {
    condition = (
      var.noncurrent_version_days >= 30 &&
      floor(var.noncurrent_version_days) == var.noncurrent_version_days
    )
    error_message = "noncurrent_version_days must be a whole number of at least 30: the ledger's history is evidence."
  }
}

variable "operators" {
  description = "Members who may act as the scheduler account: start runs, pause and resume the schedule."
  type        = set(string)
  default     = []

  validation {
    condition = alltrue([
      for member in var.operators : can(regex("^(serviceAccount|group|user):[^@\\s]+@\\S+$", member))
    ])
    error_message = "operators must be serviceAccount:, group: or user: members."
  }
}

variable "pipeline_root_days" {
  description = "Days that files below pipeline_root/ are kept; the ledger is elsewhere and stays."
  type        = number
  default     = 90

  validation {
    condition     = var.pipeline_root_days >= 7 && floor(var.pipeline_root_days) == var.pipeline_root_days
    error_message = "pipeline_root_days must be a whole number of at least 7: no run may lose its files."
  }
}

variable "project_id" {
  description = "Google Cloud project of this environment."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{4,28}[a-z0-9]$", var.project_id))
    error_message = "project_id must be 6 to 30 lower-case letters, digits and dashes: the identifier, not the number."
  }
}

variable "schedule_active" {
  description = "Whether the schedule starts runs; false pauses it."
  type        = bool
  default     = false
}

variable "schedule_cron" {
  description = "When the schedule starts a run, as five cron fields."
  type        = string
  default     = "0 3 * * 1"

  validation {
    condition     = can(regex("^[-0-9*,/]+( [-0-9A-Za-z*,/]+){4}$", var.schedule_cron))
    error_message = "schedule_cron must have five cron fields like 0 3 * * 1; the time zone is schedule_time_zone."
  }
}

variable "schedule_start_time" {
  description = "No scheduled run starts before this time (RFC 3339); null for at once."
  type        = string
  default     = null

  validation {
    condition     = var.schedule_start_time == null ? true : can(timeadd(var.schedule_start_time, "0s"))
    error_message = "schedule_start_time must be a time like 2027-01-04T00:00:00Z."
  }
}

variable "schedule_time_zone" {
  description = "Time zone of schedule_cron."
  type        = string
  default     = "Etc/UTC"

  validation {
    condition     = can(regex("^[A-Za-z_]+(/[A-Za-z0-9_+-]+)+$", var.schedule_time_zone))
    error_message = "schedule_time_zone must be a name of the time zone database like Etc/UTC or Europe/Rome."
  }
}

variable "soft_delete_days" {
  description = "Days in which deleted objects can be brought back."
  type        = number
  default     = 30

  validation {
    condition = (
      var.soft_delete_days >= 7 && var.soft_delete_days <= 90 &&
      floor(var.soft_delete_days) == var.soft_delete_days
    )
    error_message = "soft_delete_days must be a whole number from 7 to 90, the range that Cloud Storage allows."
  }
}

variable "template_uri" {
  description = "Compiled pipeline to schedule, pinned by digest, commit or version; null for no schedule."
  type        = string
  default     = null

  validation {
    condition = var.template_uri == null ? true : can(regex(
      "^https://[a-z0-9-]+-kfp\\.pkg\\.dev(/[a-z0-9-]+){3}/(sha256:[0-9a-f]{64}|[0-9a-f]{40}|v[0-9]+(\\.[0-9]+){2})$",
      var.template_uri
    ))
    error_message = "template_uri must end in sha256:DIGEST, a commit hash or v1.2.3; latest and the like move."
  }

  validation {
    condition     = var.template_uri == null || var.config_file != null
    error_message = "template_uri needs config_file: a schedule must know what it runs with."
  }
}

variable "tuning_agent_exists" {
  description = "Whether Google's tuning agent exists, which the first tuning job creates; tuning jobs may then have their own account."
  type        = bool
  default     = false
}
