# Merges are released here: try things out with a short memory and a paused schedule.
environment        = "dev"
project_id         = "replace-with-dev-project"
location           = "us-central1"
bucket_name        = "replace-with-dev-project-retune"
pipeline_root_days = 30
soft_delete_days   = 7
schedule_cron      = "0 3 * * 1"
schedule_active    = false
monitoring_active  = false
monthly_runs_usd   = 50

# With the first tuning configuration:
# config_file      = "config/dev.yaml"

# With the connected repository:
# repository       = "projects/replace-with-dev-project/locations/us-central1/connections/github/repositories/retune"
# state_bucket     = "replace-with-dev-project-tfstate"
# promoted_to      = [] # accounts of staging and prod: docs/guides/deploy.md, "Staging and production"

# alert_emails     = ["team@example.com"]
# operators        = ["group:ml-team@example.com"]
# image, template_uri and monitoring_template_uri come from the release build.
