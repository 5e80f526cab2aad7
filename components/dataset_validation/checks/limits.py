"""The limits that a dataset must keep to, from those of its base models."""

from __future__ import annotations

from collections.abc import Mapping

from components.base_models.facts import BaseModelFacts, Limits


def strictest_limits(models: Mapping[str, BaseModelFacts]) -> Limits:
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
