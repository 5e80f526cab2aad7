"""The base models of a run's configuration: the catalogue's entries that its candidates name."""

from __future__ import annotations

import json

from components.base_models.facts import BaseModelFacts


def base_models(config: str) -> dict[str, BaseModelFacts]:
    """Facts by base model, as the submitter resolved them from catalogue and configuration."""
    return {name: BaseModelFacts.model_validate(facts) for name, facts in json.loads(config)["base_models"].items()}
