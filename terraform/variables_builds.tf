variable "image" {
  description = "Image of the template, by digest, for the build that answers a changed dataset; null for no dataset trigger."
  type        = string
  default     = null

  validation {
    condition     = var.image == null ? true : can(regex("^[a-z0-9-]+-docker\\.pkg\\.dev(/[a-z0-9._-]+){3}@sha256:[0-9a-f]{64}$", var.image))
    error_message = "image must be REGION-docker.pkg.dev/PROJECT/REPOSITORY/NAME@sha256:DIGEST; a tag can move."
  }
}

variable "promoted_from" {
  description = "Outputs image_repository and template_repository of the environment that promotions take from."
  type        = object({ image_repository = string, template_repository = string })
  default     = null

  validation {
    condition = var.promoted_from == null ? true : (
      can(regex("^[a-z0-9-]+-docker\\.pkg\\.dev/[a-z0-9-]+/[a-z0-9-]+$", var.promoted_from.image_repository)) &&
      can(regex("^https://[a-z0-9-]+-kfp\\.pkg\\.dev/[a-z0-9-]+/[a-z0-9-]+$", var.promoted_from.template_repository))
    )
    error_message = "promoted_from must be the outputs image_repository and template_repository of another environment."
  }

  validation {
    condition     = var.repository == null || var.environment == "dev" || var.promoted_from != null
    error_message = "promoted_from must be set in staging and prod: nothing is built there."
  }
}

variable "promoted_to" {
  description = "Members who may read images and templates: accounts of the environments promoted to, that run and release them."
  type        = set(string)
  default     = []

  validation {
    condition = alltrue([
      for member in var.promoted_to : can(regex("^serviceAccount:[^@\\s]+@\\S+$", member))
    ])
    error_message = "promoted_to must be serviceAccount: members."
  }
}

variable "promotion_template_uri" {
  description = "Compiled promotion pipeline, pinned by digest, commit or version, for `retune promote --pipeline`; null for none."
  type        = string
  default     = null

  validation {
    condition = var.promotion_template_uri == null ? true : can(regex(
      "^https://[a-z0-9-]+-kfp\\.pkg\\.dev(/[a-z0-9-]+){3}/(sha256:[0-9a-f]{64}|[0-9a-f]{40}|v[0-9]+(\\.[0-9]+){2})$",
      var.promotion_template_uri
    ))
    error_message = "promotion_template_uri must end in sha256:DIGEST, a commit hash or v1.2.3; latest and the like move."
  }
}

variable "repository" {
  description = "Connected repository: projects/P/locations/L/connections/C/repositories/R; null for no build triggers."
  type        = string
  default     = null

  validation {
    condition = var.repository == null ? true : can(
      regex("^projects/[^/]+/locations/${var.location}/connections/[^/]+/repositories/[^/]+$", var.repository)
    )
    error_message = "repository must be projects/P/locations/L/connections/C/repositories/R, in the region location."
  }
}

variable "repository_type" {
  description = "Kind of host of the repository: GITHUB, BITBUCKET_SERVER, or UNKNOWN for others, GitLab for example."
  type        = string
  default     = "GITHUB"

  validation {
    condition     = contains(["BITBUCKET_SERVER", "GITHUB", "UNKNOWN"], var.repository_type)
    error_message = "repository_type must be GITHUB, BITBUCKET_SERVER or UNKNOWN."
  }
}

variable "state_bucket" {
  description = "Bucket of this environment's Terraform state; builds apply with it."
  type        = string
  default     = null

  validation {
    condition     = var.state_bucket == null ? true : can(regex("^[a-z0-9][a-z0-9_-]{1,61}[a-z0-9]$", var.state_bucket))
    error_message = "state_bucket must be a bucket's name without gs://."
  }

  validation {
    condition     = var.repository == null || var.state_bucket != null
    error_message = "state_bucket must be set with repository: release builds keep the state there."
  }
}
