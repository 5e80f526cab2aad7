locals {
  charts = [
    {
      title  = "Ended runs per day, by state"
      legend = "$${labels.state}"
      query  = "sum by (state) (increase(${replace(local.metric.runs, ",state=\"PIPELINE_STATE_%s\"", "")}[1d]))"
    },
    {
      title  = "Verdicts and errors per day"
      legend = "$${labels.outcome}"
      query  = "sum by (outcome) (increase(${format(local.metric.outcomes, "")}[1d]))"
    },
    {
      title  = "Planned for tuning in the last 30 days, US dollars"
      legend = ""
      query  = "sum(increase(${local.metric.tuning_usd}[30d]))"
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
                dataSets = [{
                  plotType       = "STACKED_BAR"
                  targetAxis     = "Y1"
                  legendTemplate = chart.legend
                  timeSeriesQuery = {
                    prometheusQuery = chart.query
                  }
                }]
              }
            }
          }
        ],
        [{
          xPos   = 24
          yPos   = 16
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
