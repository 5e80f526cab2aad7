"""Which base models the service still offers."""

from __future__ import annotations

from components.errors import RetuneError
from components.gcp.clients import genai_client
from components.gcp.cloud_settings import CloudSettings
from components.gcp.service_errors import as_service_error

_ANYWHERE = "global"


def is_gone(cloud: CloudSettings, base_model: str) -> bool:
    """Whether the service says that there is no such base model, in the region and at `global`.

    Any other answer, or none, is no proof: then the tuning service will say.
    """
    return all(_unknown_in(cloud.project, location, base_model) for location in (cloud.location, _ANYWHERE))


def _unknown_in(project: str, location: str, base_model: str) -> bool:
    client = genai_client(project, location)
    try:
        with as_service_error("looking for the base model", base_model):
            client.models.get(model=base_model)
    except RetuneError as error:
        return getattr(error.__cause__, "code", None) == 404
    return False
