"""The `tuning` section of the configuration."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import Field, field_validator, model_validator

from components.base_models.facts import TuningMode
from components.run_planning.checkpoint_evaluation import CheckpointEvaluationSettings
from components.settings import Settings

CHAMPION = "champion"
OWN_LABELS = "retune-"
"""Prefix of the labels that Retune sets itself."""
_LABEL_KEY = re.compile(r"[a-z][a-z0-9_-]{0,62}")
_LABEL_VALUE = re.compile(r"[a-z0-9_-]{0,63}")
_MOST_LABELS = 60
_TUNED_MODEL = r"^(champion|projects/[^/@]+/locations/[a-z0-9-]+/models/[^/@]+(@[^/@]+)?)?$"


class CandidateSettings(Settings):
    """One (base model, hyperparameters) pair to tune.

    Attributes:
        base_model: Identifier in the catalogue.
        epochs: Passes over the training file. Always explicit, because the service's own default is unknown in advance
            and would make the cost unknown too.
        learning_rate_multiplier: Factor on the service's recommended learning rate; Gemini only.
        learning_rate: The rate itself; open models only, and the service's own when it is not given.
        batch_size: Examples per step; open models only, and the service's own when it is not given.
        adapter_size: Rank of the adapter.
        tuning_mode: `adapter`, or `full` for all weights of an open model that supports it.
        continue_from: What tuning goes on from instead of the base model: `champion`, which means the base model as
            long as there is no champion, or the registry name of a model that was tuned from `base_model`.
        checkpoint: Checkpoint of that model by its id; its default one when empty.
        custom_base_model: `gs://` folder of weights with the architecture of the base model; open models only.
        export_last_checkpoint_only: Keep the last checkpoint alone; there is none to choose from then.
        display_name: Display name of the tuned model; made from the model line and the candidate when empty.
    """

    base_model: str
    epochs: Annotated[int, Field(ge=1, le=100)] = 3
    learning_rate_multiplier: Annotated[float, Field(gt=0, le=100)] = 1.0
    learning_rate: Annotated[float, Field(gt=0, le=1)] | None = None
    batch_size: Annotated[int, Field(ge=1, le=4096)] | None = None
    adapter_size: int = 4
    tuning_mode: TuningMode = "adapter"
    continue_from: Annotated[str, Field(pattern=_TUNED_MODEL)] = ""
    checkpoint: Annotated[str, Field(pattern=r"^[0-9]*$")] = ""
    custom_base_model: Annotated[str, Field(pattern=r"^(gs://[a-z0-9][a-z0-9._-]+/.+)?$")] = ""
    export_last_checkpoint_only: bool = False
    display_name: Annotated[str, Field(max_length=128)] = ""

    @model_validator(mode="after")
    def _checkpoint_of_something(self) -> CandidateSettings:
        if self.checkpoint and not self.continue_from:
            raise ValueError("a checkpoint is one of the model in continue_from, which is missing")
        if self.continue_from and self.custom_base_model:
            raise ValueError("continue_from and custom_base_model exclude each other")
        return self


class TuningSettings(Settings):
    """What is tuned, and what it may cost.

    Attributes:
        candidates: Compared with each other, the base model and the champion; at least one.
        budget_usd: A run whose estimate can be above it starts nothing.
        deadline_minutes: A tuning job that takes longer is cancelled.
        poll_seconds: Longest pause between two looks at a running job.
        min_new_examples: A run with fewer training examples that the last successful run did not have is skipped.
        retirement_warning_days: A base model that may be switched off within so many days is warned about.
        description: Description of the tuning jobs and their models.
        labels: Labels of the tuning jobs, their models and endpoints, beside Retune's own.
        checkpoint_evaluation: How the service evaluates every checkpoint on the validation file; not at all by default.
        max_dropped_share: Share of the training examples that the service may leave out of a tuning; above it the
            candidate fails, with its job kept for a run that allows more.
    """

    candidates: Annotated[tuple[CandidateSettings, ...], Field(min_length=1)]
    budget_usd: Annotated[float, Field(gt=0, allow_inf_nan=False)]
    deadline_minutes: Annotated[float, Field(gt=0)] = 360.0
    poll_seconds: Annotated[float, Field(gt=0)] = 30.0
    max_dropped_share: Annotated[float, Field(ge=0, le=1)] = 0.01
    min_new_examples: Annotated[int, Field(ge=0)] = 0
    retirement_warning_days: Annotated[int, Field(ge=0)] = 90
    description: Annotated[str, Field(max_length=2000)] = ""
    labels: Annotated[dict[str, str], Field(max_length=_MOST_LABELS)] = Field(default_factory=dict)
    checkpoint_evaluation: CheckpointEvaluationSettings | None = None

    @field_validator("labels")
    @classmethod
    def _labels_are_allowed(cls, labels: dict[str, str]) -> dict[str, str]:
        for key, value in labels.items():
            if not _LABEL_KEY.fullmatch(key) or not _LABEL_VALUE.fullmatch(value):
                raise ValueError(
                    f"{key[:63]!r}: keys and values of labels are at most 63 lower-case letters, digits, - and _"
                )
            if key.startswith(OWN_LABELS):
                raise ValueError(f"{key!r}: labels that begin with {OWN_LABELS} are Retune's own")
        return labels
