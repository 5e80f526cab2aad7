variables {
  bucket           = "sample-dev-1-retune"
  catalogue_file   = "../pipelines/base_models.yaml"
  config_file      = "tests/configs/sample.yaml"
  location         = "us-central1"
  pipeline_account = "retune-pipeline@sample-dev-1.iam.gserviceaccount.com"
  project_id       = "sample-dev-1"
}

run "the_yaml_is_what_the_pipeline_gets" {
  command = plan

  module {
    source = "./modules/configuration"
  }

  assert {
    condition = {
      for key, value in jsondecode(output.parameter) : key => jsonencode(value) if key != "base_models"
      } == {
      for key, value in yamldecode(file("tests/configs/sample.yaml")) : key => jsonencode(value) if key != "base_models"
    }
    error_message = "Nothing may stand between the file and the pipeline's parameter."
  }
  assert {
    condition     = jsondecode(output.parameter).base_models["gemini-2.5-flash"].prices.training == 4 && jsondecode(output.parameter).base_models["gemini-2.5-flash"].prices.output == 2.5
    error_message = "The file's price goes before the catalogue's, key by key."
  }
  assert {
    condition     = output.budget_usd == 12.5 && output.name == "support-triage"
    error_message = "Name and budget are the file's."
  }
  assert {
    condition     = output.endpoint == "support-triage" && length(output.without_cmek) == 0
    error_message = "This model serves in its region, on one endpoint, and takes a customer-managed key."
  }
}

run "models_of_multi_regions_need_no_endpoint" {
  command = plan

  module {
    source = "./modules/configuration"
  }

  variables {
    config_file = "tests/configs/without_cmek.yaml"
  }

  assert {
    condition     = output.endpoint == null && output.without_cmek == tolist(["gemini-3.5-flash"])
    error_message = "These serve on endpoints of their own and take no customer-managed key."
  }
  assert {
    condition     = output.webhook_secret == null && output.topic == null && !output.starts_runs
    error_message = "This file tells nobody."
  }
}

run "what_a_notification_needs_is_the_files" {
  command = plan

  module {
    source = "./modules/configuration"
  }

  variables {
    config_file    = "tests/configs/encrypted.yaml"
    kms_key        = "projects/sample-dev-1/locations/us-central1/keyRings/retune/cryptoKeys/data"
    tuning_account = "retune-tuning@sample-dev-1.iam.gserviceaccount.com"
  }

  assert {
    condition     = output.starts_runs && output.webhook_secret == "projects/sample-dev-1/secrets/retune-webhook" && output.topic == "projects/sample-dev-1/topics/retune-runs"
    error_message = "What a notification needs is the file's: the secret, whatever its version, and the topic; whether a watch starts runs as well."
  }
}

run "configuration_without_the_key_is_refused" {
  command = plan

  module {
    source = "./modules/configuration"
  }

  variables {
    kms_key = "projects/sample-dev-1/locations/us-central1/keyRings/retune/cryptoKeys/data"
  }

  expect_failures = [var.config_file]
}

run "configuration_of_another_environment_is_refused" {
  command = plan

  module {
    source = "./modules/configuration"
  }

  variables {
    config_file = "tests/configs/elsewhere.yaml"
  }

  expect_failures = [var.config_file]
}

run "wrong_values_are_refused" {
  command = plan

  module {
    source = "./modules/configuration"
  }

  variables {
    bucket           = "gs://sample"
    catalogue_file   = "tests/configs/nameless.yaml"
    kms_key          = "data"
    location         = "us"
    pipeline_account = "somebody@example.com"
    project_id       = "P"
    tuning_account   = "somebody@example.com"
  }

  expect_failures = [
    var.bucket,
    var.catalogue_file,
    var.kms_key,
    var.location,
    var.pipeline_account,
    var.project_id,
    var.tuning_account,
  ]
}
