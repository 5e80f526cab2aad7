"""The model registry: models, versions, aliases."""
