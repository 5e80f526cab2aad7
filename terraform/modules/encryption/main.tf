# One key per environment for everything that Retune stores: bucket, repositories, topics, endpoint and runs.
#
# Keys and key rings cannot be deleted, only destroyed version by version, and what a destroyed version encrypted is lost.
resource "google_kms_key_ring" "this" {
  project  = var.project_id
  location = var.location
  name     = var.prefix
}

resource "google_kms_crypto_key" "this" {
  key_ring                   = google_kms_key_ring.this.id
  name                       = "data"
  labels                     = var.labels
  purpose                    = "ENCRYPT_DECRYPT"
  rotation_period            = "7776000s"
  destroy_scheduled_duration = "2592000s"

  version_template {
    algorithm        = "GOOGLE_SYMMETRIC_ENCRYPTION"
    protection_level = var.protection_level
  }

  lifecycle {
    # Destroying it makes datasets, ledger and images unreadable for ever.
    prevent_destroy = true
  }
}
