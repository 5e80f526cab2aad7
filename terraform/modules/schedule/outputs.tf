output "summary" {
  description = "What runs when: name, cron line, state, template and account."
  value = {
    name            = google_colab_schedule.this.display_name
    cron            = google_colab_schedule.this.cron
    state           = google_colab_schedule.this.desired_state
    template_uri    = var.template_uri
    service_account = var.service_account
  }
}
