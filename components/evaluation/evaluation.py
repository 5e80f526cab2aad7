"""The evaluation record: what every system did on the same rows, and how the candidates compare."""

from __future__ import annotations

from typing import Literal

import msgspec

from components.evaluation.metrics import TaskKind
from components.evaluation.statistics import Interval

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
        metrics: Interval by metric name; a row without an answer scores 0.
        failures: Rows without an answer, by reason.
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


class Comparison(msgspec.Struct, frozen=True):
    """A candidate against the base model or the champion on one metric.

    Attributes:
        candidate: Fingerprint of the candidate.
        against: `base` or `champion`.
        metric: Name of the metric.
        difference: Mean difference, candidate minus the other, with its interval.
        corrected_lows: Lower bounds at α, α/2, … α/m for m candidates, which Holm's method asks for.
        p: Two-sided p-value of "no difference".
        p_adjusted: The same after Holm's correction over the candidates.
        mde: Smallest true difference found with 80 % probability.
        wins: Rows where the candidate scores higher.
        losses: Rows where it scores lower.
        ties: Rows where both score the same.
    """

    candidate: str
    against: Baseline
    metric: str
    difference: Interval
    corrected_lows: list[float]
    p: float
    p_adjusted: float
    mde: float
    wins: int
    losses: int
    ties: int


class Evaluation(msgspec.Struct, frozen=True):
    """Everything that the gate and the report know about the answers."""

    dataset_sha256: str
    rows: int
    task_kind: TaskKind
    confidence: float
    seed: int
    resamples: int
    systems: list[SystemResult]
    comparisons: list[Comparison]

    def in_role(self, role: Role) -> list[SystemResult]:
        """The systems in that role, in their order."""
        return [result for result in self.systems if result.system.role == role]

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
