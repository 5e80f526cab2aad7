"""The evaluation record: what every system did on the same rows, and how the candidates compare."""

from __future__ import annotations

from typing import Literal

import msgspec

from components.evaluation.embedding.report import EmbeddingReport
from components.evaluation.judging.report import JudgeReport
from components.evaluation.metrics.catalogue import Better
from components.evaluation.metrics.classes import ClassTable
from components.evaluation.metrics.task_kind import TaskKind
from components.evaluation.rating.report import RatingReport
from components.evaluation.slices import SliceResult
from components.evaluation.statistics.interval import Interval

Role = Literal["base", "champion", "candidate", "checkpoint"]
Baseline = Literal["base", "champion"]


class System(msgspec.Struct, frozen=True):
    """One model under evaluation.

    Attributes:
        role: What it is in this run. A `checkpoint` is an earlier one of a candidate: it is measured, not compared.
        name: What people call it.
        model: Publisher model identifier or registry resource name with version.
        fingerprint: The candidate's fingerprint; empty for base and champion.
        usd_per_million_input: List price of a million input tokens; None when unknown.
        usd_per_million_output: List price of a million output tokens; None when unknown.
        base_model: Base model that it is or was tuned from; a candidate is compared with its own base.
        answers_uri: Where its answers are kept.
        parameters: What else its answers depend on: `temperature`, `seed`, `thinking`, `location`, and what was asked
            (`target`).
    """

    role: Role
    name: str
    model: str
    fingerprint: str = ""
    usd_per_million_input: float | None = None
    usd_per_million_output: float | None = None
    base_model: str = ""
    answers_uri: str = ""
    parameters: dict[str, str | int | float] = {}


class SystemResult(msgspec.Struct, frozen=True):
    """What one system did on the test set.

    Attributes:
        system: Which one.
        coverage: Share of rows with an answer, 0 to 1.
        prompt_tokens: Input tokens of all rows.
        output_tokens: Output tokens of all rows.
        cost_usd: List price of those tokens; None when the price is unknown.
        latency_p50_ms: Median over answered rows; None without any.
        latency_p95_ms: 95th percentile over answered rows; None without any.
        metrics: Interval by metric name; a row without an answer scores 0, unless the metric counts such rows.
        failures: Rows without an answer, by reason.
        error_rate: Share of rows whose call failed, so that there was no reply at all.
        latency_p95: `latency_p95_ms` with its interval; None without an answer.
        cost_per_1000_usd: List price of a thousand answers; None when the price is unknown or there is no answer.
        classes: By `macro_f1` or `macro_f1:FIELD`, the classes one by one and the confusion matrix.
    """

    system: System
    coverage: float
    prompt_tokens: int
    output_tokens: int
    cost_usd: float | None
    latency_p50_ms: float | None
    latency_p95_ms: float | None
    metrics: dict[str, Interval]
    failures: dict[str, int]
    error_rate: Interval
    latency_p95: Interval | None
    cost_per_1000_usd: Interval | None
    classes: dict[str, ClassTable]


class Comparison(msgspec.Struct, frozen=True):
    """A candidate against the base model or the champion on one metric.

    Attributes:
        candidate: Fingerprint of the candidate.
        against: `base` or `champion`.
        metric: Name of the metric.
        better: Which way the metric is better.
        difference: Mean difference, candidate minus the other, with its interval.
        corrected_lows: Lower bounds of the improvement at α, α/2, … α/m for m candidates, which Holm's method asks for.
            The improvement is the difference, with the other sign where lower is better.
        p: Two-sided p-value of "no difference".
        p_adjusted: The same after Holm's correction over the candidates.
        mde: Smallest true difference found with 80 % probability at α/m.
        win_rate: Share of rows that the candidate wins, a tie counting half.
        rows: Rows that both have a score on.
        wins: Rows where the candidate is better.
        losses: Rows where it is worse.
        ties: Rows where both are the same.
        at_equal_length: For a judged metric, the difference where both answers are equally long.
    """

    candidate: str
    against: Baseline
    metric: str
    better: Better
    difference: Interval
    corrected_lows: list[float]
    p: float
    p_adjusted: float
    mde: float
    win_rate: Interval
    rows: int
    wins: int
    losses: int
    ties: int
    at_equal_length: Interval | None = None

    @property
    def improvement(self) -> Interval:
        """The difference, with the other sign where lower is better."""
        return self.difference.flipped() if self.better == "lower" else self.difference


class Evaluation(msgspec.Struct, frozen=True):
    """Everything that the gate and the report know about the answers.

    Attributes:
        dataset_sha256: Digest of the snapshot, or of the file.
        rows: Test examples.
        task_kind: What kind of answers the references are.
        confidence: Level of the intervals.
        seed: Of requests and resamples.
        resamples: Of bootstrap and permutation test.
        systems: Every model and what it did.
        comparisons: Candidates against base and champion.
        slices: The same comparisons on parts of the test set.
        overlapping_rows: Test examples whose prompt is in the training file: above 0 where somebody insisted.
        judges: How far each judge can be trusted, and what it cost.
        embedding: What was embedded for `embedding_similarity`; None where that is not asked for.
        ratings: How far people have rated what the configuration asks them about, and how far they agree.
    """

    dataset_sha256: str
    rows: int
    task_kind: TaskKind
    confidence: float
    seed: int
    resamples: int
    systems: list[SystemResult]
    comparisons: list[Comparison]
    slices: list[SliceResult]
    overlapping_rows: int = 0
    judges: list[JudgeReport] = []
    ratings: list[RatingReport] = []
    embedding: EmbeddingReport | None = None

    def in_role(self, role: Role) -> list[SystemResult]:
        """The systems in that role, in their order."""
        return [result for result in self.systems if result.system.role == role]

    def shown_candidate(self, winner: str | None) -> SystemResult | None:
        """The winner, or else the first candidate; None where there is none.

        Args:
            winner: Fingerprint of the candidate that was chosen.
        """
        candidates = self.in_role("candidate")
        return next((one for one in candidates if one.system.fingerprint == winner), next(iter(candidates), None))

    def base_of(self, candidate: System) -> SystemResult:
        """The base model that a candidate was tuned from."""
        return next(one for one in self.in_role("base") if one.system.base_model == candidate.base_model)

    def comparison(self, candidate: str, against: str, metric: str) -> Comparison:
        """The comparison of a candidate (by fingerprint) with `base` or `champion`."""
        key = (candidate, against, metric)
        return next(found for found in self.comparisons if (found.candidate, found.against, found.metric) == key)

    def to_json(self) -> bytes:
        """The record as JSON."""
        return msgspec.json.format(msgspec.json.encode(self), indent=2)

    @classmethod
    def from_json(cls, data: bytes) -> Evaluation:
        """The record that `to_json` wrote."""
        return msgspec.json.decode(data, type=cls)
