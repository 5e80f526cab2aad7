# The state says what exists and holds the configuration: one bucket per environment, so that a release of one
# environment cannot read or break the state of another.
resource "google_storage_bucket_iam_member" "release_keeps_state" {
  bucket = var.state_bucket
  role   = "roles/storage.objectUser"
  member = "serviceAccount:${element(split("/", var.release_account), 3)}"
}
