output "kms_key" {
  description = "Full name of the key."
  value       = "projects/${var.project_id}/locations/${var.location}/keyRings/${var.prefix}/cryptoKeys/data"

  # A bucket cannot be made with a key that Cloud Storage may not use yet.
  depends_on = [google_kms_crypto_key.this, google_kms_crypto_key_iam_member.agents]
}
