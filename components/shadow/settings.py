"""The `serving.shadow` section of the configuration."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, field_validator

from components.settings import Settings

CLOUD_SOURCES = ("gs://", "bq://")


class ShadowLimits(Settings):
    """How much worse than the champion a candidate may do on logged prompts.

    Attributes:
        rows: Prompts that are drawn, each asked of both.
        days: From a BigQuery table only what was logged in the last so many days.
        max_increase: By how much a share may rise: failed calls, refusals, empty and unfinished answers, answers in
            another form. `gate.max_guardrail_drops` goes first for the metrics that it names.
        max_latency_ratio: How many times the champion's median and 95th percentile of latency it may take.
        max_cost_ratio: How many times the champion's cost it may cost.
        max_length_change: By which share of the champion's length the mean answer may get longer or shorter.
    """

    rows: int = Field(default=500, ge=10, le=100_000)
    days: int = Field(default=30, ge=1)
    max_increase: float = Field(default=0.02, gt=0.0, lt=1.0)
    max_latency_ratio: float = Field(default=1.5, gt=1.0)
    max_cost_ratio: float = Field(default=1.5, gt=1.0)
    max_length_change: float = Field(default=0.5, gt=0.0)


class ShadowSettings(ShadowLimits):
    """A replay of logged prompts before a release moves any traffic.

    Attributes:
        prompts: `gs://` address of a JSONL file, or `bq://PROJECT.DATASET.TABLE` of request-response logs.
    """

    prompts: Annotated[str, Field(min_length=1)]

    @field_validator("prompts")
    @classmethod
    def _in_the_cloud(cls, prompts: str) -> str:
        if not prompts.startswith(CLOUD_SOURCES):
            raise ValueError("give gs://BUCKET/FILE.jsonl or bq://PROJECT.DATASET.TABLE, which a pipeline can read")
        return prompts
