"""The base models of a run's configuration: the catalogue's entries that its candidates name."""

from __future__ import annotations

import json

from components.base_models.facts import BaseModelFacts
from components.settings import read_settings


def base_models(config: str) -> dict[str, BaseModelFacts]:
    """Facts by base model, as the submitter resolved them from catalogue and configuration."""
    return read_settings(dict[str, BaseModelFacts], json.loads(config)["base_models"])
