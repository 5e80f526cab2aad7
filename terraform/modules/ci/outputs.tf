output "triggers" {
  description = "The triggers by what they are for: full names."
  value = {
    for name, made in {
      pull_request = google_cloudbuild_trigger.pull_request
      release      = google_cloudbuild_trigger.release
      promotion    = google_cloudbuild_trigger.promotion
    } :
    name => made[0].id if contains(var.triggers, name)
  }
}
