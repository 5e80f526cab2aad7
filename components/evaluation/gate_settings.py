"""The `gate` section of the configuration: what a candidate must show before it may serve."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, field_validator

from components.evaluation.embedding.settings import EMBEDDING_METRIC
from components.evaluation.judging.settings import JUDGE_METRIC
from components.evaluation.metrics.catalogue import FIELD_METRIC, METRICS, better_of
from components.evaluation.metrics.own_metric import OWN_METRIC
from components.evaluation.metrics.set_metrics import FIELD_F1_METRICS, SET_METRICS
from components.evaluation.rating.settings import RATING_METRIC
from components.settings import Settings

KNOWN_METRICS = (*(metric.name for metric in METRICS), *SET_METRICS, EMBEDDING_METRIC)
NAMED_METRICS = (FIELD_METRIC, *FIELD_F1_METRICS, OWN_METRIC, JUDGE_METRIC, RATING_METRIC)
"""What the names start with that depend on the data, the configuration or those who judge."""


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
        """What the lower confidence bound of the improvement must exceed."""
        return self.margin if self.rule == "superior" else -self.margin


class GateSettings(Settings):
    """The rules of the gate.

    Guardrails and slices compare with the champion, or with the base model where none serves.

    Attributes:
        primary_metric: The metric that decides.
        min_improvement_over_base: What the lower bound of the improvement over the base model must exceed.
        champion: The rule against the champion, used when one serves.
        confidence: Level of all intervals.
        min_rows: Fewer test rows give no verdict.
        min_coverage: Share of rows that every compared model must have answered.
        max_guardrail_drops: By metric, how much worse it may get; the lower bound of the improvement must exceed minus
            that. A metric of which neither way is better (`length_ratio`) may move by so much either way.
        max_slice_drops: The same for slices that are named (`label=refund`), on the primary metric.
        max_slice_drop: No slice at all may be shown to be worse by more than this; None to allow it.
        length_control: Whether a judged primary metric must also pass at equal length of the answers.
        max_error_rate: Share of a candidate's calls that may fail; None for any.
        max_latency_p95_ms: What a candidate's 95th percentile of latency may be; None for any.
        max_cost_per_1000_usd: What a thousand answers may cost at list price; None for any.
        near_tie: Candidates that pass and are no further than this below the best one on the primary metric are as
            good as it, and the cheapest of them is promoted.
    """

    primary_metric: str = "exact_match"
    min_improvement_over_base: float = Field(default=0.0, ge=0.0, lt=1.0)
    champion: ChampionRule = ChampionRule()
    confidence: float = Field(default=0.95, ge=0.5, lt=1.0)
    min_rows: int = Field(default=50, ge=1)
    min_coverage: float = Field(default=0.98, ge=0.0, le=1.0)
    max_guardrail_drops: dict[str, float] = Field(default_factory=dict)
    max_slice_drops: dict[str, float] = Field(default_factory=dict)
    max_slice_drop: float | None = Field(default=0.2, gt=0.0, lt=1.0)
    length_control: bool = True
    max_error_rate: float | None = Field(default=None, ge=0.0, le=1.0)
    max_latency_p95_ms: float | None = Field(default=None, gt=0.0)
    max_cost_per_1000_usd: float | None = Field(default=None, ge=0.0)
    near_tie: float = Field(default=0.005, ge=0.0, lt=1.0)

    @field_validator("primary_metric")
    @classmethod
    def _metric_decides(cls, metric: str) -> str:
        if better_of(_known_metric(metric)) == "unchanged":
            raise ValueError(f"{metric} cannot decide, because neither more nor less of it is better")
        return metric

    @field_validator("max_guardrail_drops")
    @classmethod
    def _metrics_exist(cls, drops: dict[str, float]) -> dict[str, float]:
        return {_known_metric(metric): drop for metric, drop in drops.items()}

    @field_validator("max_slice_drops")
    @classmethod
    def _slices_have_names(cls, drops: dict[str, float]) -> dict[str, float]:
        for name in drops:
            if "=" not in name:
                raise ValueError(f"{name[:60]!r} names no slice; write DIMENSION=VALUE, such as label=refund")
        return drops

    @field_validator("max_guardrail_drops", "max_slice_drops")
    @classmethod
    def _drops_are_amounts(cls, drops: dict[str, float]) -> dict[str, float]:
        for name, drop in drops.items():
            if not 0 <= drop < 1:
                raise ValueError(f"{name[:60]} may get worse by {drop:g}; give an amount of at least 0 and below 1")
        return drops


def _known_metric(metric: str) -> str:
    """The metric, when there is such a one for some kind of task; a typo must not come out after tuning was paid."""
    if metric not in KNOWN_METRICS and not metric.startswith(NAMED_METRICS):
        known = ", ".join((*KNOWN_METRICS, *(f"{start}NAME" for start in NAMED_METRICS)))
        raise ValueError(f"there is no metric {metric[:60]!r}; known: {known}")
    return metric
