"""The service's limits for a tuning dataset."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from components.base_models.facts import BaseModelFacts


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """What the service accepts for one base model; the caller takes the numbers from the catalogue of base models.

    Where documentation pages disagree, the newest number is the limit and the others are in `older_*`: above the
    limit is an error, above an older number a warning
    (https://docs.cloud.google.com/gemini-enterprise-agent-platform/models/tuning/supervised-tuning and its
    API reference page).

    Attributes:
        tokens_per_example: Input and output tokens of one example, system instruction included.
        max_train_bytes: Size of the training file.
        max_examples_text: Training examples where no example has a file.
        max_examples_multimodal: Training examples where some example has a file.
        max_validation_share: Validation examples as a share of the training examples...
        validation_share_from: ...which counts once there are more validation examples than this.
        older_max_validation_examples: Lower numbers of validation examples that other pages give.
        older_max_examples_text: Lower numbers of text examples that other pages give.
    """

    tokens_per_example: int
    max_train_bytes: int
    max_examples_text: int
    max_examples_multimodal: int
    max_validation_share: float
    validation_share_from: int
    older_max_validation_examples: tuple[int, ...] = ()
    older_max_examples_text: tuple[int, ...] = ()


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
