# The stable endpoint of a model line. The pipeline finds it by its display name and moves the traffic; Terraform makes it,
# so that its key, labels and lifetime are decided here. Tuned Gemini models are served without machines of their own:
# an endpoint costs nothing until it is called, and a dedicated or private one is not supported for them.
resource "google_vertex_ai_endpoint" "this" {
  #checkov:skip=CKV2_GCP_33:tuned Gemini models are served on shared public endpoints only; IAM says who may call them
  project      = var.project_id
  location     = var.location
  region       = var.location
  display_name = var.display_name
  description  = "Serves the champion of the model line ${var.model_line}; the pipeline moves its traffic."
  labels       = merge(var.labels, { retune-name = var.model_line })
  # The API wants a number of at most nine digits, not starting with zero. Made of the name, it is the same in every plan, and
  # the one by which the pipeline would make the endpoint (components/gcp/endpoints.py): there is never a second one.
  name = tostring(100000000 + parseint(substr(sha256(var.display_name), 0, 7), 16))

  dynamic "encryption_spec" {
    for_each = var.kms_key == null ? [] : [var.kms_key]

    content {
      kms_key_name = encryption_spec.value
    }
  }

  lifecycle {
    # Whoever serves is decided by the pipeline, not by the next apply.
    ignore_changes = [traffic_split]
  }
}
