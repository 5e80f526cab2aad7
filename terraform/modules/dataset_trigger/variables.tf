variable "bucket" {
  description = "Bucket whose objects are watched, without gs://."
  type        = string

  validation {
    condition     = can(regex("^[a-z0-9][a-z0-9_-]{1,61}[a-z0-9]$", var.bucket))
    error_message = "bucket must be a bucket's name without gs://."
  }
}

variable "config_file" {
  description = "Tuning configuration in the repository; the build gets it as _CONFIG_FILE."
  type        = string

  validation {
    condition     = can(regex("^[A-Za-z0-9._/-]+\\.ya?ml$", var.config_file))
    error_message = "config_file must be a YAML file's path in the repository."
  }
}

variable "image" {
  description = "Image with Retune that the build's step runs in, by digest; the build gets it as _IMAGE."
  type        = string

  validation {
    condition     = can(regex("^[a-z0-9-]+-docker\\.pkg\\.dev(/[a-z0-9._-]+){3}@sha256:[0-9a-f]{64}$", var.image))
    error_message = "image must be REGION-docker.pkg.dev/PROJECT/REPOSITORY/NAME@sha256:DIGEST; a tag can move."
  }
}

variable "kms_key" {
  description = "Key of the topics; null for Google's."
  type        = string
  default     = null

  validation {
    condition     = var.kms_key == null ? true : can(regex("^projects/[^/]+/locations/[^/]+/keyRings/[^/]+/cryptoKeys/[^/]+$", var.kms_key))
    error_message = "kms_key must be a key's full name, projects/.../cryptoKeys/NAME, or null."
  }
}

variable "labels" {
  description = "Labels of topics and subscription."
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
  description = "Region of the trigger, which must be that of the connected repository, and of the messages."
  type        = string

  validation {
    condition     = can(regex("^[a-z]+-[a-z]+[0-9]+$", var.location))
    error_message = "location must be a region like us-central1."
  }
}

variable "object_pattern" {
  description = "RE2 pattern of the names of objects that start a run; anchored at both ends."
  type        = string
  default     = "^datasets/([A-Za-z0-9._-]+/)*(train|validation|test)\\.jsonl$"

  validation {
    condition     = can(regex("^\\^\\S+\\$$", var.object_pattern))
    error_message = "object_pattern must start with ^ and end with $, or any object whose name contains a match starts a run."
  }
}

variable "object_prefix" {
  description = "Folder that is watched; nothing else in the bucket sends a message."
  type        = string
  default     = "datasets/"

  validation {
    condition     = can(regex("^[A-Za-z0-9._-][A-Za-z0-9._/-]*/$", var.object_prefix)) && !can(regex("^pipeline_root/", var.object_prefix))
    error_message = "object_prefix must be a folder like datasets/, and not pipeline_root/, which runs write to."
  }
}

variable "prefix" {
  description = "Start of the names."
  type        = string
  default     = "retune"

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,18}[a-z0-9]$", var.prefix))
    error_message = "prefix must have 3 to 20 lower-case letters, digits or dashes."
  }
}

variable "project_id" {
  description = "Project of topics and trigger."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{4,28}[a-z0-9]$", var.project_id))
    error_message = "project_id must be a project's identifier, not its number."
  }
}

variable "pubsub_agent" {
  description = "Pub/Sub's agent, which moves dead letters."
  type        = string

  validation {
    condition     = can(regex("^serviceAccount:[^@\\s]+@\\S+$", var.pubsub_agent))
    error_message = "pubsub_agent must be a serviceAccount: member."
  }
}

variable "repository" {
  description = "Connected repository that cloudbuild/dataset.yaml is read from."
  type        = string

  validation {
    condition     = can(regex("^projects/[^/]+/locations/[^/]+/connections/[^/]+/repositories/[^/]+$", var.repository))
    error_message = "repository must be projects/P/locations/L/connections/C/repositories/R, as Cloud Build names a connected repository."
  }
}

variable "repository_type" {
  description = "Kind of host of the repository; UNKNOWN for those that the provider has no name for, GitLab for example."
  type        = string
  default     = "GITHUB"

  validation {
    condition     = contains(["BITBUCKET_SERVER", "GITHUB", "UNKNOWN"], var.repository_type)
    error_message = "repository_type must be GITHUB, BITBUCKET_SERVER or UNKNOWN."
  }
}

variable "revision" {
  description = "Branch or tag of the repository."
  type        = string
  default     = "refs/heads/main"

  validation {
    condition     = can(regex("^refs/(heads|tags)/[A-Za-z0-9._/-]+$", var.revision))
    error_message = "revision must be refs/heads/BRANCH or refs/tags/TAG."
  }
}

variable "storage_agent" {
  description = "Cloud Storage's agent, which publishes to the topic."
  type        = string

  validation {
    condition     = can(regex("^serviceAccount:[^@\\s]+@\\S+$", var.storage_agent))
    error_message = "storage_agent must be a serviceAccount: member."
  }
}

variable "trigger_account" {
  description = "Account that the build has: projects/PROJECT/serviceAccounts/EMAIL."
  type        = string

  validation {
    condition     = can(regex("^projects/[^/]+/serviceAccounts/[^@/]+@[^@/]+$", var.trigger_account))
    error_message = "trigger_account must be projects/PROJECT/serviceAccounts/EMAIL."
  }
}
