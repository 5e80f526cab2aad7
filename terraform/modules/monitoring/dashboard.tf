# Queries by legend and chart. Serving is counted by Google: metrics of endpoints, and of Gemini's calls. The README says why both.
locals {
  endpoints = "aiplatform_googleapis_com:prediction_online_%s{monitored_resource=\"aiplatform.googleapis.com/Endpoint\"}"
  models    = "aiplatform_googleapis_com:publisher_online_serving_%s{monitored_resource=\"aiplatform.googleapis.com/PublisherModel\"%s}"

  charts = [
    {
      title = "Ended runs per day, by state"
      plot  = "STACKED_BAR"
      queries = {
        "$${labels.state}" = "sum by (state) (increase(${replace(local.metric.runs, ",state=\"PIPELINE_STATE_%s\"", "")}[1d]))"
      }
    },
    {
      title   = "Verdicts and errors per day"
      plot    = "STACKED_BAR"
      queries = { "$${labels.outcome}" = "sum by (outcome) (increase(${format(local.metric.outcomes, "")}[1d]))" }
    },
    {
      title   = "Cost of runs and watches in the last 30 days, US dollars by estimate"
      plot    = "STACKED_BAR"
      queries = { "runs and watches" = "sum(increase(${local.metric.run_usd}[30d]))" }
    },
    {
      title = "What the champion reaches on fresh examples, mean of the day"
      plot  = "LINE"
      queries = {
        "$${labels.metric}" = "sum by (metric) (increase(${format(local.metric.watched, "sum")}[1d])) / sum by (metric) (increase(${format(local.metric.watched, "count")}[1d]))"
      }
    },
    {
      title = "Requests per minute"
      plot  = "LINE"
      queries = {
        "endpoint $${labels.endpoint_id}" = "sum by (endpoint_id) (rate(${format(local.endpoints, "prediction_count")}[5m])) * 60"
        "model $${labels.model_user_id}"  = "sum by (model_user_id) (rate(${format(local.models, "model_invocation_count", "")}[5m])) * 60"
      }
    },
    {
      title = "Failed requests per minute"
      plot  = "LINE"
      queries = {
        "endpoint $${labels.endpoint_id}" = "sum by (endpoint_id) (rate(${format(local.endpoints, "error_count")}[5m])) * 60"
        "model $${labels.model_user_id}"  = "sum by (model_user_id) (rate(${format(local.models, "model_invocation_count", ",response_code!=\"200\"")}[5m])) * 60"
      }
    },
    {
      title = "Latency of 95 % of the requests, milliseconds"
      plot  = "LINE"
      queries = {
        "endpoint $${labels.endpoint_id}" = "histogram_quantile(0.95, sum by (le, endpoint_id) (rate(${format(local.endpoints, "prediction_latencies_bucket")}[5m])))"
        "model $${labels.model_user_id}"  = "histogram_quantile(0.95, sum by (le, model_user_id) (rate(${format(local.models, "model_invocation_latencies_bucket", "")}[5m])))"
      }
    },
  ]
}

resource "google_monitoring_dashboard" "this" {
  project = var.project_id
  # The API answers with fields of its own; the provider compares only what is written here.
  dashboard_json = jsonencode({
    displayName = "Retune"
    labels      = var.labels
    mosaicLayout = {
      columns = 48
      tiles = concat(
        [
          for index, chart in local.charts : {
            xPos   = 24 * (index % 2)
            yPos   = 16 * floor(index / 2)
            width  = 24
            height = 16
            widget = {
              title = chart.title
              xyChart = {
                dataSets = [
                  for legend, query in chart.queries : {
                    plotType       = chart.plot
                    targetAxis     = "Y1"
                    legendTemplate = legend
                    timeSeriesQuery = {
                      prometheusQuery = query
                    }
                  }
                ]
              }
            }
          }
        ],
        [{
          xPos   = 24
          yPos   = 48
          width  = 24
          height = 16
          widget = {
            title = "How the last runs ended"
            logsPanel = {
              filter        = google_logging_metric.outcomes.filter
              resourceNames = ["projects/${var.project_id}"]
            }
          }
        }],
      )
    }
  })
}
