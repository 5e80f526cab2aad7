"""Which base models the service still offers."""

from __future__ import annotations

from components.errors import RetuneError
from components.gcp.clients import genai_client
from components.gcp.service_errors import as_service_error

_ANYWHERE = "global"


def is_gone(project: str, location: str, base_model: str) -> bool:
    """Whether the service says that there is no such base model, where it answers and at `global`.

    Any other answer, or none, is no proof: then the tuning service will say.
    """
    return all(_unknown_in(project, place, base_model) for place in (location, _ANYWHERE))


def _unknown_in(project: str, location: str, base_model: str) -> bool:
    client = genai_client(project, location)
    try:
        with as_service_error("looking for the base model", base_model):
            client.models.get(model=base_model)
    except RetuneError as error:
        return getattr(error.__cause__, "code", None) == 404
    return False
