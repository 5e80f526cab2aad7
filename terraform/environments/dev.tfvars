# Try things out: short memory, schedule paused.
environment        = "dev"
project_id         = "replace-with-dev-project"
location           = "us-central1"
bucket_name        = "replace-with-dev-project-retune"
pipeline_root_days = 30
soft_delete_days   = 7
schedule_cron      = "0 3 * * 1"
schedule_active    = false
# template_uri and pipeline_config_json come from the build: README.md, "The schedule".
