# Serves users: longer memory. The schedule starts paused; set schedule_active once a run by hand was right.
environment             = "prod"
project_id              = "replace-with-prod-project"
location                = "us-central1"
bucket_name             = "replace-with-prod-project-retune"
noncurrent_version_days = 365
pipeline_root_days      = 90
soft_delete_days        = 90
schedule_cron           = "0 3 * * 1"
schedule_active         = false
# template_uri and pipeline_config_json come from the build: README.md, "The schedule".
