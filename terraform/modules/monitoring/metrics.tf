# Counted from logs, because the service has no metric for how a run ended.
#
# Vertex AI writes an event when the state of a pipeline job changes (documentation, "View pipeline job logs"), also when
# no task could start. Everything in the project that is a pipeline job counts: one project per environment.
resource "google_logging_metric" "runs" {
  project     = var.project_id
  name        = "retune_runs"
  description = "Pipeline runs that ended, by state."
  filter = join(" AND ", [
    "resource.type=\"aiplatform.googleapis.com/PipelineJob\"",
    "log_id(\"aiplatform.googleapis.com/pipeline_job_events\")",
    "jsonPayload.state=(\"PIPELINE_STATE_SUCCEEDED\" OR \"PIPELINE_STATE_FAILED\" OR \"PIPELINE_STATE_CANCELLED\")",
  ])
  label_extractors = { state = "EXTRACT(jsonPayload.state)" }

  metric_descriptor {
    metric_kind = "DELTA"
    value_type  = "INT64"
    unit        = "1"

    labels {
      key         = "state"
      value_type  = "STRING"
      description = "PIPELINE_STATE_SUCCEEDED, PIPELINE_STATE_FAILED or PIPELINE_STATE_CANCELLED."
    }
  }
}

# The last task of every run writes one line; components/notification/notify.py makes it, and a test holds the two together.
resource "google_logging_metric" "outcomes" {
  project     = var.project_id
  name        = "retune_outcomes"
  description = "Ended runs by verdict, or by the code of the error that ended them."
  filter      = "resource.type=\"ml_job\" AND jsonPayload.message=~\"^run \\\\S+ (SUCCEEDED|FAILED|CANCELLED): \""
  label_extractors = {
    outcome = "REGEXP_EXTRACT(jsonPayload.message, \"^run \\\\S+ [A-Z]+: ([A-Za-z]+(?:-[A-Z]+)*)\")"
  }

  metric_descriptor {
    metric_kind = "DELTA"
    value_type  = "INT64"
    unit        = "1"

    labels {
      key         = "outcome"
      value_type  = "STRING"
      description = "promote, hold, inconclusive, skipped, or an error code."
    }
  }
}

resource "google_logging_metric" "untold" {
  project          = var.project_id
  name             = "retune_untold"
  description      = "Channels of notifications that could not be reached, by the error's code."
  filter           = "resource.type=\"ml_job\" AND jsonPayload.message=~\"^notification not delivered: \""
  label_extractors = { code = "REGEXP_EXTRACT(jsonPayload.message, \"^notification not delivered: ([A-Z]+(?:-[A-Z]+)*)\")" }

  metric_descriptor {
    metric_kind = "DELTA"
    value_type  = "INT64"
    unit        = "1"

    labels {
      key         = "code"
      value_type  = "STRING"
      description = "Code of the error."
    }
  }
}

resource "google_logging_metric" "run_usd" {
  project         = var.project_id
  name            = "retune_run_usd"
  description     = "What a run or watch spent on tuning, answers, judges and embeddings, US dollars, by Retune's own estimate."
  filter          = "resource.type=\"ml_job\" AND jsonPayload.message=~\"^run \\\\S+ [A-Z]+: .*; cost about \\\\$[0-9.]+ \\\\(\""
  value_extractor = "REGEXP_EXTRACT(jsonPayload.message, \"; cost about \\\\$([0-9.]+) \\\\(\")"

  metric_descriptor {
    metric_kind = "DELTA"
    value_type  = "DISTRIBUTION"
    unit        = "1"
  }

  bucket_options {
    exponential_buckets {
      num_finite_buckets = 32
      growth_factor      = 2
      scale              = 0.01
    }
  }
}

# Each watch writes what the champion reached on fresh examples.
resource "google_logging_metric" "watched" {
  project          = var.project_id
  name             = "retune_watched"
  description      = "What the champion reached on fresh examples, by the metric that is watched."
  filter           = "resource.type=\"ml_job\" AND jsonPayload.message=~\"^watched \\\\S+ -?[0-9.]+$\""
  label_extractors = { metric = "REGEXP_EXTRACT(jsonPayload.message, \"^watched (\\\\S+) \")" }
  value_extractor  = "REGEXP_EXTRACT(jsonPayload.message, \"^watched \\\\S+ (-?[0-9.]+)$\")"

  metric_descriptor {
    metric_kind = "DELTA"
    value_type  = "DISTRIBUTION"
    unit        = "1"

    labels {
      key         = "metric"
      value_type  = "STRING"
      description = "Name of the metric."
    }
  }

  bucket_options {
    linear_buckets {
      num_finite_buckets = 100
      width              = 0.01
      offset             = 0
    }
  }
}
