# Services use the key through their agents, on this one key.
resource "google_kms_crypto_key_iam_member" "agents" {
  for_each = var.agents

  crypto_key_id = google_kms_crypto_key.this.id
  role          = "roles/cloudkms.cryptoKeyEncrypterDecrypter"
  member        = each.value
}
