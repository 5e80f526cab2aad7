variable "approval_required" {
  description = "Whether somebody must approve a promotion before it starts."
  type        = bool
  default     = true
}

variable "branch" {
  description = "Pattern of the branch that pull requests go to and releases come from."
  type        = string
  default     = "^main$"

  validation {
    condition     = can(regex("^\\^\\S+\\$$", var.branch))
    error_message = "branch must start with ^ and end with $, or a branch whose name contains a match is released."
  }
}

variable "checks_account" {
  description = "Account of pull-request builds: projects/PROJECT/serviceAccounts/EMAIL."
  type        = string

  validation {
    condition     = can(regex("^projects/[^/]+/serviceAccounts/[^@/]+@[^@/]+$", var.checks_account))
    error_message = "checks_account must be projects/PROJECT/serviceAccounts/EMAIL."
  }
}

variable "config_file" {
  description = "Tuning configuration in the repository; builds get it as _CONFIG_FILE, empty when null."
  type        = string
  default     = null

  validation {
    condition     = var.config_file == null ? true : can(regex("^[A-Za-z0-9._/-]+\\.ya?ml$", var.config_file))
    error_message = "config_file must be a YAML file's path in the repository, or null."
  }
}

variable "environment" {
  description = "Environment that releases and promotions go to; builds get it as _ENVIRONMENT."
  type        = string

  validation {
    condition     = contains(["dev", "staging", "prod"], var.environment)
    error_message = "environment must be dev, staging or prod."
  }
}

variable "image_repository" {
  description = "Docker repository of this environment; builds get it as _IMAGE_REPOSITORY."
  type        = string

  validation {
    condition     = can(regex("^[a-z0-9-]+-docker\\.pkg\\.dev/[a-z0-9-]+/[a-z0-9-]+$", var.image_repository))
    error_message = "image_repository must be REGION-docker.pkg.dev/PROJECT/REPOSITORY."
  }
}

variable "location" {
  description = "Region of the triggers, which must be that of the connected repository."
  type        = string

  validation {
    condition     = can(regex("^[a-z]+-[a-z]+[0-9]+$", var.location))
    error_message = "location must be a region like us-central1."
  }
}

variable "prefix" {
  description = "Start of the triggers' names."
  type        = string
  default     = "retune"

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,18}[a-z0-9]$", var.prefix))
    error_message = "prefix must have 3 to 20 lower-case letters, digits or dashes."
  }
}

variable "project_id" {
  description = "Project of the triggers."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{4,28}[a-z0-9]$", var.project_id))
    error_message = "project_id must be a project's identifier, not its number."
  }
}

variable "promoted_from" {
  description = "Repositories of the environment that promotions take image and template from; null for none."
  type        = object({ image_repository = string, template_repository = string })
  default     = null

  validation {
    condition = var.promoted_from == null ? true : (
      can(regex("^[a-z0-9-]+-docker\\.pkg\\.dev/[a-z0-9-]+/[a-z0-9-]+$", var.promoted_from.image_repository)) &&
      can(regex("^https://[a-z0-9-]+-kfp\\.pkg\\.dev/[a-z0-9-]+/[a-z0-9-]+$", var.promoted_from.template_repository))
    )
    error_message = "promoted_from must have the outputs image_repository and template_repository of the other environment."
  }

  validation {
    condition     = var.promoted_from != null || !contains(var.triggers, "promotion")
    error_message = "promoted_from must be set where triggers has promotion: a promotion builds nothing."
  }
}

variable "release_account" {
  description = "Account of release and promotion builds: projects/PROJECT/serviceAccounts/EMAIL."
  type        = string

  validation {
    condition     = can(regex("^projects/[^/]+/serviceAccounts/[^@/]+@[^@/]+$", var.release_account))
    error_message = "release_account must be projects/PROJECT/serviceAccounts/EMAIL."
  }
}

variable "repository" {
  description = "Connected repository."
  type        = string

  validation {
    condition     = can(regex("^projects/[^/]+/locations/[^/]+/connections/[^/]+/repositories/[^/]+$", var.repository))
    error_message = "repository must be projects/P/locations/L/connections/C/repositories/R, as Cloud Build names a connected repository."
  }
}

variable "state_bucket" {
  description = "Bucket of the Terraform state; builds get it as _STATE_BUCKET and the release account may write there."
  type        = string

  validation {
    condition     = can(regex("^[a-z0-9][a-z0-9_-]{1,61}[a-z0-9]$", var.state_bucket))
    error_message = "state_bucket must be a bucket's name without gs://."
  }
}

variable "template_repository" {
  description = "Template repository of this environment; builds get it as _TEMPLATE_REPOSITORY."
  type        = string

  validation {
    condition     = can(regex("^https://[a-z0-9-]+-kfp\\.pkg\\.dev/[a-z0-9-]+/[a-z0-9-]+$", var.template_repository))
    error_message = "template_repository must be https://REGION-kfp.pkg.dev/PROJECT/REPOSITORY."
  }
}

variable "triggers" {
  description = "Triggers to make: pull_request, release, promotion."
  type        = set(string)
  default     = ["pull_request", "release", "promotion"]

  validation {
    condition     = length(setsubtract(var.triggers, ["pull_request", "release", "promotion"])) == 0
    error_message = "triggers may have pull_request, release and promotion."
  }
}
