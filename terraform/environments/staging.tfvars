# What a version tag promotes is tried here on real schedules before production.
environment        = "staging"
project_id         = "replace-with-staging-project"
location           = "us-central1"
bucket_name        = "replace-with-staging-project-retune"
pipeline_root_days = 30
soft_delete_days   = 30
schedule_cron      = "0 3 * * 1"
schedule_active    = false
monitoring_active  = false
monthly_runs_usd   = 100

# config_file      = "config/staging.yaml"
# repository       = "projects/replace-with-staging-project/locations/us-central1/connections/github/repositories/retune"
# state_bucket     = "replace-with-staging-project-tfstate"
# promoted_to      = ["serviceAccount:retune-release@replace-with-prod-project.iam.gserviceaccount.com"]
# promoted_from = {
#   image_repository    = "us-central1-docker.pkg.dev/replace-with-dev-project/retune"
#   template_repository = "https://us-central1-kfp.pkg.dev/replace-with-dev-project/retune-pipelines"
# }
# alert_emails     = ["team@example.com"]
# operators        = ["group:ml-team@example.com"]
# image, template_uri and monitoring_template_uri come from the promotion build.
