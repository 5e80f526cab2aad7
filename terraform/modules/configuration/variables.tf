variable "bucket" {
  description = "Bucket of the environment, which the configuration must name."
  type        = string

  validation {
    condition     = can(regex("^[a-z0-9][a-z0-9_-]{1,61}[a-z0-9]$", var.bucket))
    error_message = "bucket must be a bucket's name without gs://."
  }
}

variable "catalogue_file" {
  description = "The catalogue of base models, pipelines/base_models.yaml."
  type        = string

  validation {
    condition     = can(yamldecode(file(var.catalogue_file)).base_models)
    error_message = "catalogue_file must be a YAML file with base_models."
  }
}

variable "config_file" {
  description = "The tuning configuration, the YAML file that `retune run` takes."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{0,38}[a-z0-9]$", yamldecode(file(var.config_file)).name))
    error_message = "config_file must be a tuning configuration that `retune compile --config` accepts; it has no name."
  }

  validation {
    condition = try(
      yamldecode(file(var.config_file)).cloud.project == var.project_id &&
      yamldecode(file(var.config_file)).cloud.location == var.location &&
      yamldecode(file(var.config_file)).cloud.bucket == var.bucket,
      false
    )
    error_message = "config_file is for another environment: cloud.project, location and bucket must be this one's."
  }

  validation {
    condition     = try(yamldecode(file(var.config_file)).cloud.service_account == var.pipeline_account, false)
    error_message = "config_file must have cloud.service_account: ${var.pipeline_account}, or runs get the default account."
  }

  validation {
    condition = contains(
      distinct(["", coalesce(var.tuning_account, "none")]),
      try(yamldecode(file(var.config_file)).cloud.tuning_service_account, "")
    )
    error_message = "config_file may name the tuning account as cloud.tuning_service_account once tuning_agent_exists is true."
  }

  validation {
    condition     = try(yamldecode(file(var.config_file)).cloud.kms_key, "") == (var.kms_key == null ? "" : var.kms_key)
    error_message = "config_file must have cloud.kms_key: the key of this environment, or none where there is none."
  }

  validation {
    condition = alltrue([
      for uri in values(try(yamldecode(file(var.config_file)).dataset, { train = "" })) :
      can(regex("^gs://[a-z0-9][a-z0-9._-]+/\\S+$", uri))
    ])
    error_message = "config_file must name its dataset by gs:// addresses: a schedule cannot read a file of your machine."
  }

  validation {
    condition     = can(regex("^$|^gs://[a-z0-9][a-z0-9._-]+/\\S+$", try(yamldecode(file(var.config_file)).monitoring.data, "")))
    error_message = "config_file must have its fresh examples, monitoring.data, at a gs:// address: a schedule cannot read a file of your machine."
  }

  validation {
    condition = alltrue([
      for candidate in try(yamldecode(file(var.config_file)).tuning.candidates, [{ base_model = "none" }]) :
      contains(
        concat(
          keys(try(yamldecode(file(var.catalogue_file)).base_models, {})),
          keys(try(yamldecode(file(var.config_file)).base_models, {})),
        ),
        candidate.base_model
      )
    ])
    error_message = "config_file must tune base models of the catalogue, `retune models`, or describe them in base_models."
  }
}

variable "kms_key" {
  description = "Full name of the customer-managed key, which the configuration must name; null for Google's."
  type        = string
  default     = null

  validation {
    condition = var.kms_key == null ? true : can(
      regex("^projects/[^/]+/locations/[^/]+/keyRings/[^/]+/cryptoKeys/[^/]+$", var.kms_key)
    )
    error_message = "kms_key must be a key's full name, projects/.../cryptoKeys/NAME, or null."
  }
}

variable "location" {
  description = "Region of the environment, which the configuration must name."
  type        = string

  validation {
    condition     = can(regex("^[a-z]+-[a-z]+[0-9]+$", var.location))
    error_message = "location must be a region like us-central1."
  }
}

variable "pipeline_account" {
  description = "E-mail of the account of the pipeline's tasks, which the configuration must name."
  type        = string

  validation {
    condition     = can(regex("^[a-z0-9-]+@[a-z0-9-]+\\.iam\\.gserviceaccount\\.com$", var.pipeline_account))
    error_message = "pipeline_account must be a service account's e-mail."
  }
}

variable "project_id" {
  description = "Project of the environment, which the configuration must name."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{4,28}[a-z0-9]$", var.project_id))
    error_message = "project_id must be a project's identifier, not its number."
  }
}

variable "tuning_account" {
  description = "E-mail of the account that tuning jobs may run as; null while they cannot have one."
  type        = string
  default     = null

  validation {
    condition = var.tuning_account == null ? true : can(
      regex("^[a-z0-9-]+@[a-z0-9-]+\\.iam\\.gserviceaccount\\.com$", var.tuning_account)
    )
    error_message = "tuning_account must be a service account's e-mail, or null."
  }
}
