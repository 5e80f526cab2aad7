# Serves users: longer memory. The schedule starts paused; set schedule_active once a run by hand was right, monitoring_active once one serves.
environment             = "prod"
project_id              = "replace-with-prod-project"
location                = "us-central1"
bucket_name             = "replace-with-prod-project-retune"
noncurrent_version_days = 365
pipeline_root_days      = 90
soft_delete_days        = 90
schedule_cron           = "0 3 * * 1"
schedule_active         = false
monitoring_active       = false
monthly_runs_usd        = 200

# config_file           = "config/prod.yaml"
# repository            = "projects/replace-with-prod-project/locations/us-central1/connections/github/repositories/retune"
# state_bucket          = "replace-with-prod-project-tfstate"
# promoted_from = {
#   image_repository    = "us-central1-docker.pkg.dev/replace-with-dev-project/retune"
#   template_repository = "https://us-central1-kfp.pkg.dev/replace-with-staging-project/retune-pipelines"
# }
# billing_account       = "000000-AAAAAA-000000"
# monthly_budget        = 500
# alert_emails          = ["on-call@example.com"]
# operators             = ["group:ml-on-call@example.com"]
# image, template_uri and monitoring_template_uri come from the promotion build.
