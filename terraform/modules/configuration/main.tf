# The YAML that `retune run` takes is the one source of what the schedule runs: it is read here, and what the pipeline
# gets is that same content as JSON. The pipeline's steps fill in defaults; the facts of the base models are resolved
# here, because a step has no catalogue.
locals {
  config    = yamldecode(file(var.config_file))
  catalogue = yamldecode(file(var.catalogue_file)).base_models
  changes   = try(local.config.base_models, {})

  base_models = {
    for name in distinct([for candidate in local.config.tuning.candidates : candidate.base_model]) :
    name => merge(
      try(local.catalogue[name], {}),
      try(local.changes[name], {}),
      {
        prices = merge(try(local.catalogue[name].prices, {}), try(local.changes[name].prices, {}))
        limits = merge(
          try(local.catalogue[name].limits, {}),
          try(local.changes[name].limits, {}),
          {
            media = {
              for modality in distinct(concat(
                keys(try(local.catalogue[name].limits.media, {})), keys(try(local.changes[name].limits.media, {})),
              )) :
              modality => merge(
                try(local.catalogue[name].limits.media[modality], {}), try(local.changes[name].limits.media[modality], {}),
              )
            }
          },
        )
      },
    )
  }

  parameter = jsonencode(merge(local.config, { base_models = local.base_models }))
  webhook   = try(local.config.notification.webhook, "")
  # Of projects/P/secrets/S/versions/V, the secret.
  secret = try(regex("^(projects/[^/]+/secrets/[^/]+)/versions/", local.config.notification.webhook_secret)[0], null)
}
