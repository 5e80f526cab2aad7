variable "pipeline_member" {
  description = "Account of the pipeline's tasks as a member, the last of which tells people."
  type        = string

  validation {
    condition     = can(regex("^serviceAccount:[^@\\s]+@\\S+$", var.pipeline_member))
    error_message = "pipeline_member must be a serviceAccount: member."
  }
}

variable "topic" {
  description = "Topic that gets the summary of every run, the configuration's notification.topic; null for none."
  type        = string
  default     = null

  validation {
    condition     = var.topic == null ? true : can(regex("^projects/[^/]+/topics/[A-Za-z][A-Za-z0-9._~+%-]{2,254}$", var.topic))
    error_message = "topic must be projects/PROJECT/topics/NAME, or null."
  }
}

variable "webhook_secret" {
  description = "Secret that holds the webhook's address, from the configuration's notification.webhook_secret; null for none."
  type        = string
  default     = null

  validation {
    condition = var.webhook_secret == null ? true : can(
      regex("^projects/[^/]+/secrets/[A-Za-z0-9_-]{1,255}$", var.webhook_secret)
    )
    error_message = "webhook_secret must be projects/PROJECT/secrets/NAME without its version, or null."
  }
}
