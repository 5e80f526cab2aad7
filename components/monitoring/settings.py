"""The `monitoring` section of the configuration."""

from __future__ import annotations

from pydantic import Field, field_validator

from components.evaluation.gate_settings import KNOWN_METRICS, NAMED_METRICS
from components.evaluation.metrics.catalogue import better_of
from components.settings import Settings


class MonitoringSettings(Settings):
    """How the champion is watched.

    Attributes:
        data: Fresh labelled examples: a `gs://` file, folder or pattern such as `gs://b/labelled/*.jsonl`, or a file
            beside the configuration; empty for the dataset's test file. Of several files the newest come first.
        metric: Metric that is watched; empty for the gate's `primary_metric`.
        max_drop: How much worse the champion may be than at its release, and than at its first watch. A drop counts
            when the whole interval, at the gate's confidence, is beyond it.
        max_rows: Examples that are asked at most, which bounds what a watch costs.
        start_runs: Whether a reason to retrain starts the run that the schedule would start, once for each reason and
            release; else it is asked for.
    """

    data: str = ""
    metric: str = ""
    max_drop: float = Field(default=0.05, ge=0.0, lt=1.0)
    max_rows: int = Field(default=500, ge=1)
    start_runs: bool = False

    @field_validator("metric")
    @classmethod
    def _metric_can_drop(cls, metric: str) -> str:
        if metric and metric not in KNOWN_METRICS and not metric.startswith(NAMED_METRICS):
            known = ", ".join((*KNOWN_METRICS, *(f"{start}NAME" for start in NAMED_METRICS)))
            raise ValueError(f"there is no metric {metric[:60]!r}; known: {known}")
        if better_of(metric) == "unchanged":
            raise ValueError(f"{metric} cannot be watched, because neither more nor less of it is better")
        return metric
