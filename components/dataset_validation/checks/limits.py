"""The limits that a dataset must keep to, from those of its base models."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Any

from components.base_models.facts import BaseModelFacts, Limits, Modality, ModalityLimits


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
        media=_strictest_media([one.media for one in limits]),
    )


def _strictest_media(limits: Sequence[Mapping[Modality, ModalityLimits]]) -> dict[Modality, ModalityLimits]:
    modalities = dict.fromkeys(modality for one in limits for modality in one)
    return {modality: _strictest([one[modality] for one in limits if modality in one]) for modality in modalities}


def _strictest(limits: Sequence[ModalityLimits]) -> ModalityLimits:
    def least(field: str) -> Any:
        return min((number for one in limits if (number := getattr(one, field)) is not None), default=None)

    numbers = {field.name: least(field.name) for field in fields(ModalityLimits) if field.name != "mime_types"}
    every = [one.mime_types for one in limits if one.mime_types]
    common = tuple(kind for kind in every[0] if all(kind in one for one in every)) if every else ()
    return ModalityLimits(**numbers, mime_types=common)
