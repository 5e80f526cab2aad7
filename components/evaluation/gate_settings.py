"""The `gate` section of the configuration: what a candidate must show before it may serve."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, field_validator

from components.settings import Settings

ROW_METRICS = ("exact_match", "normalized_match", "json_match", "json_valid", "token_f1", "rouge_l")
FIELD_METRIC = "field:"


class ChampionRule(Settings):
    """How a candidate must compare with the champion on the primary metric.

    Attributes:
        rule: `superior`: better by more than the margin; `non_inferior`: not worse by the margin or more.
        margin: In units of the metric, 0 to 1.
    """

    rule: Literal["superior", "non_inferior"] = "superior"
    margin: float = Field(default=0.0, ge=0.0, lt=1.0)

    @property
    def threshold(self) -> float:
        """What the lower confidence bound of the difference must exceed."""
        return self.margin if self.rule == "superior" else -self.margin


class GateSettings(Settings):
    """The rules of the gate.

    Attributes:
        primary_metric: The metric that decides.
        min_improvement_over_base: What the lower bound of candidate minus base must exceed.
        champion: The rule against the champion, used when one serves.
        confidence: Level of all intervals.
        min_coverage: Share of rows that every compared model must have answered.
        max_guardrail_drops: Allowed drop by metric, against the champion, or the base model where none serves.
    """

    primary_metric: str = "exact_match"
    min_improvement_over_base: float = Field(default=0.0, ge=0.0, lt=1.0)
    champion: ChampionRule = ChampionRule()
    confidence: float = Field(default=0.95, ge=0.5, lt=1.0)
    min_coverage: float = Field(default=0.98, ge=0.0, le=1.0)
    max_guardrail_drops: dict[str, float] = Field(default_factory=dict)

    @field_validator("primary_metric")
    @classmethod
    def _metric_exists(cls, metric: str) -> str:
        return _known_metric(metric)

    @field_validator("max_guardrail_drops")
    @classmethod
    def _metrics_exist(cls, drops: dict[str, float]) -> dict[str, float]:
        return {_known_metric(metric): drop for metric, drop in drops.items()}


def _known_metric(metric: str) -> str:
    """The metric, when rows are scored by it for some kind of task; a typo must not come out after tuning was paid."""
    if metric not in ROW_METRICS and not metric.startswith(FIELD_METRIC):
        raise ValueError(f"there is no metric {metric[:60]!r}; known: {', '.join(ROW_METRICS)}, {FIELD_METRIC}NAME")
    return metric
