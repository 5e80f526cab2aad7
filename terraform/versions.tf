terraform {
  required_version = ">= 1.9"

  required_providers {
    google = {
      source = "hashicorp/google"
      # google_colab_schedule runs pipelines since 7.42.0 (provider changelog, 2026-07-28).
      version = ">= 7.42, < 9"
    }
  }

  # Bucket and prefix differ by environment and are given to `terraform init`; README.md shows how.
  backend "gcs" {}
}

provider "google" {
  project = var.project_id
  region  = var.location
  # The budget's API wants to know which project's quota it uses when a person applies with their own credentials.
  billing_project       = var.project_id
  user_project_override = true
}
