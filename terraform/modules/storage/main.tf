# One bucket per environment:
#   NAME/{uploads,snapshots,answers,ledger}/...   one folder per model line, kept
#   datasets/...                                  what people upload, kept; the dataset trigger watches it
#   pipeline_root/...                             files of pipeline runs, which age out
resource "google_storage_bucket" "this" {
  #checkov:skip=CKV_GCP_62:usage logs come hours late and need one more bucket; Cloud Audit Logs say who read what
  project                     = var.project_id
  name                        = var.name
  location                    = var.location
  labels                      = var.labels
  storage_class               = "STANDARD"
  uniform_bucket_level_access = true
  public_access_prevention    = "enforced"
  # The ledger is the record of what was paid for and why a model serves: destroy fails while there are objects.
  force_destroy = false

  dynamic "encryption" {
    for_each = var.kms_key == null ? [] : [var.kms_key]

    content {
      default_kms_key_name = encryption.value
    }
  }

  versioning {
    enabled = true
  }

  soft_delete_policy {
    retention_duration_seconds = var.soft_delete_days * 24 * 60 * 60
  }

  lifecycle_rule {
    action {
      type = "Delete"
    }
    condition {
      age            = var.pipeline_root_days
      matches_prefix = ["pipeline_root/"]
      with_state     = "LIVE"
    }
  }

  lifecycle_rule {
    action {
      type = "Delete"
    }
    condition {
      days_since_noncurrent_time = var.noncurrent_version_days
      with_state                 = "ARCHIVED"
    }
  }

  lifecycle_rule {
    action {
      type = "AbortIncompleteMultipartUpload"
    }
    condition {
      age        = 7
      with_state = "ANY"
    }
  }
}
