"""The `evaluation` section of the configuration."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, field_validator

from components.evaluation.embedding.settings import EMBEDDING_METRIC, EmbeddingSettings
from components.evaluation.judging.settings import JudgeSettings
from components.evaluation.metrics.catalogue import METRICS
from components.evaluation.metrics.own_metric import OwnMetricSettings
from components.evaluation.metrics.task_kind import TaskKind
from components.evaluation.rating.settings import RatingSettings
from components.settings import Settings

Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")]


class EvaluationSettings(Settings):
    """How the models are asked and compared.

    Attributes:
        seed: Of the requests and of the statistics.
        resamples: Draws of the bootstrap and of the permutation test.
        concurrency: Requests in flight.
        requests_per_minute: Quota that a model's requests stay below; no limit by default.
        tokens_per_minute: The same for tokens of input and output together.
        attempts: Requests per question at most, where the service fails.
        max_rows: Only the first so many examples.
        task_kind: What kind of answers the references are; detected by default.
        metrics: Metrics to compute besides those of the task kind.
        embedding: The model of the metric `embedding_similarity`, where `metrics` has it.
        own_metrics: The user's own metrics by name.
        judges: Judges by name; their scores are the metrics `judge:NAME`.
        judge_requests_per_minute: Quota that judges stay below; the service allows 1,000 a minute.
        ratings: What people are asked, by name; what they say is the metric `rating:NAME`.
        batch: Whether models that support it are asked in batch prediction jobs, at half the price, without latencies.
        batch_minutes: A job that takes longer is cancelled, and what it did not answer is asked online.
        checkpoints: Whether the other checkpoints of candidates are measured too.
        side_file: Path or `gs://` address of a JSONL file with one flat object per test example, whose fields are
            slices.
    """

    seed: int = 7
    resamples: int = Field(default=10_000, ge=100)
    concurrency: int = Field(default=16, ge=1)
    requests_per_minute: float | None = Field(default=None, gt=0)
    tokens_per_minute: float | None = Field(default=None, gt=0)
    attempts: int = Field(default=8, ge=1)
    max_rows: int | None = Field(default=None, ge=1)
    task_kind: TaskKind | None = None
    metrics: tuple[str, ...] = ()
    embedding: EmbeddingSettings = EmbeddingSettings()
    own_metrics: dict[str, OwnMetricSettings] = Field(default_factory=dict)
    judges: dict[Name, JudgeSettings] = Field(default_factory=dict)
    judge_requests_per_minute: float = Field(default=600, gt=0)
    ratings: dict[Name, RatingSettings] = Field(default_factory=dict)
    batch: bool = False
    batch_minutes: float = Field(default=240, gt=0)
    checkpoints: bool = False
    side_file: str | None = Field(default=None, min_length=1)

    @field_validator("metrics")
    @classmethod
    def _metrics_exist(cls, metrics: tuple[str, ...]) -> tuple[str, ...]:
        known = [*(metric.name for metric in METRICS), EMBEDDING_METRIC]
        for metric in metrics:
            if metric not in known:
                raise ValueError(f"there is no metric {metric[:60]!r}; known: {', '.join(known)}")
        return metrics
