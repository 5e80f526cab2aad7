"""The base models of a run's configuration: the catalogue's entries that its candidates name."""

from __future__ import annotations

import json

from components.dataset_validation.limits import Limits
from components.run_planning.base_model import BaseModelFacts


def base_models(config: str) -> dict[str, BaseModelFacts]:
    """Facts by base model, as the submitter resolved them from catalogue and configuration."""
    return {name: BaseModelFacts.model_validate(facts) for name, facts in json.loads(config)["base_models"].items()}


def strictest_limits(models: dict[str, BaseModelFacts]) -> Limits:
    """One set of limits that a dataset must keep to be tuned on all of the models."""
    limits = [facts.limits for facts in models.values()]
    return Limits(
        tokens_per_example=min(one.tokens_per_example for one in limits),
        max_train_bytes=min(one.max_train_bytes for one in limits),
        max_examples_text=min(one.max_examples_text for one in limits),
        max_examples_multimodal=min(one.max_examples_multimodal for one in limits),
        max_validation_share=min(one.max_validation_share for one in limits),
        validation_share_from=min(one.validation_share_from for one in limits),
        older_max_validation_examples=tuple(sorted({n for one in limits for n in one.older_max_validation_examples})),
        older_max_examples_text=tuple(sorted({n for one in limits for n in one.older_max_examples_text})),
    )
