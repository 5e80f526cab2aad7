"""The `tuning` section of the configuration."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from components.settings import Settings


class CandidateSettings(Settings):
    """One (base model, hyperparameters) pair to tune.

    Attributes:
        base_model: Identifier in the catalogue.
        epochs: Passes over the training file. Always explicit, because the service's own default is unknown in advance
            and would make the cost unknown too.
        learning_rate_multiplier: Factor on the service's recommended learning rate.
        adapter_size: Rank of the adapter.
    """

    base_model: str
    epochs: Annotated[int, Field(ge=1, le=100)] = 3
    learning_rate_multiplier: Annotated[float, Field(gt=0, le=100)] = 1.0
    adapter_size: int = 4


class TuningSettings(Settings):
    """What is tuned, and what it may cost.

    Attributes:
        candidates: Compared with each other, the base model and the champion; at least one.
        budget_usd: A run whose estimate is above it starts nothing.
        deadline_minutes: A tuning job that takes longer is cancelled.
        poll_seconds: Longest pause between two looks at a running job.
        max_dropped_share: Share of the training examples that the service may leave out of a tuning; above it the
            candidate fails, with its job kept for a run that allows more.
    """

    candidates: Annotated[tuple[CandidateSettings, ...], Field(min_length=1)]
    budget_usd: Annotated[float, Field(gt=0, allow_inf_nan=False)]
    deadline_minutes: Annotated[float, Field(gt=0)] = 360.0
    poll_seconds: Annotated[float, Field(gt=0)] = 30.0
    max_dropped_share: Annotated[float, Field(ge=0, le=1)] = 0.01
