"""Scores the answers of all systems on the same rows and compares the candidates with base and champion."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from pydantic import Field

from components.errors import configuration_error
from components.evaluation.evaluation import Baseline, Comparison, Evaluation, System, SystemResult
from components.evaluation.macro_f1 import macro_f1_intervals
from components.evaluation.metrics import Scores, TaskKind, detect_task_kind, score_rows
from components.evaluation.requests import TestExample
from components.evaluation.rows import Row
from components.evaluation.statistics import Interval, Sampling, holm, mean_interval, paired_difference
from components.settings import Settings


class EvaluationSettings(Settings):
    """The `evaluation` section of the configuration.

    Attributes:
        seed: Of the requests and of the statistics.
        resamples: Draws of the bootstrap and of the permutation test.
        concurrency: Requests in flight.
        requests_per_minute: Quota that a model's requests stay below; no limit by default.
        tokens_per_minute: The same for tokens of input and output together.
        attempts: Requests per question at most, where the service fails.
        max_rows: Only the first so many examples.
        task_kind: What kind of answers the references are; detected by default.
    """

    seed: int = 7
    resamples: int = Field(default=10_000, ge=100)
    concurrency: int = Field(default=16, ge=1)
    requests_per_minute: float | None = Field(default=None, gt=0)
    tokens_per_minute: float | None = Field(default=None, gt=0)
    attempts: int = Field(default=8, ge=1)
    max_rows: int | None = Field(default=None, ge=1)
    task_kind: TaskKind | None = None


@dataclass(frozen=True)
class _Scored:
    result: SystemResult
    scores: dict[str, Scores]


def evaluate(
    examples: Sequence[TestExample],
    answers: Sequence[tuple[System, Sequence[Row]]],
    settings: EvaluationSettings,
    *,
    confidence: float,
    dataset_sha256: str,
) -> Evaluation:
    """The evaluation of all systems on the same rows.

    Args:
        examples: The test set; its order is the order of every array of scores.
        answers: Each system with its rows, joined to the examples by example id and request hash: a row for another
            request does not count, an example without a row is one without an answer.
        settings: Seed, resamples and, where it shall not be detected, the task kind.
        confidence: Level of the intervals, for example 0.95.
        dataset_sha256: Digest of the snapshot.

    Raises:
        RetuneError: `EVAL-SYSTEMS`, a candidate's base model is missing or there twice, there are several
            champions, or no candidate.
    """
    _require_roles([system for system, _ in answers])
    references = [example.reference for example in examples]
    kind = settings.task_kind or detect_task_kind(references)
    scored = [_score(system, join(examples, rows), references, kind, settings, confidence) for system, rows in answers]
    return Evaluation(
        dataset_sha256=dataset_sha256,
        rows=len(examples),
        task_kind=kind,
        confidence=confidence,
        seed=settings.seed,
        resamples=settings.resamples,
        systems=[one.result for one in scored],
        comparisons=_compare(scored, settings, confidence),
    )


def join(examples: Sequence[TestExample], rows: Sequence[Row]) -> list[Row | None]:
    """The row of every example, in the order of the examples; None where there is none."""
    found = {(row.example_id, row.request_hash): row for row in rows}
    return [found.get((example.example_id, example.request_hash)) for example in examples]


def _require_roles(systems: Sequence[System]) -> None:
    roles = Counter(system.role for system in systems)
    bases = Counter(system.base_model for system in systems if system.role == "base")
    wanted = {system.base_model for system in systems if system.role == "candidate"}
    if any(bases[one] != 1 for one in wanted | bases.keys()) or roles["champion"] > 1 or not wanted:
        raise configuration_error(
            "EVAL-SYSTEMS",
            f"an evaluation needs a candidate, its base model once and at most one champion, not {dict(roles)}",
            "name at least one candidate and the base model of each",
        )


def _score(
    system: System,
    rows: Sequence[Row | None],
    references: Sequence[str],
    kind: TaskKind,
    settings: EvaluationSettings,
    confidence: float,
) -> _Scored:
    answers = [row.answer if row is not None and row.answered else None for row in rows]
    scores = score_rows(kind, references, answers)
    sampling: Sampling = {"resamples": settings.resamples, "seed": settings.seed}
    metrics = {name: mean_interval(values, confidence=confidence, **sampling) for name, values in scores.items()}
    metrics |= macro_f1_intervals(kind, references, answers, confidence=confidence, **sampling)
    return _Scored(_result(system, rows, metrics), scores)


def _result(system: System, rows: Sequence[Row | None], metrics: dict[str, Interval]) -> SystemResult:
    present = [row for row in rows if row is not None]
    answered = sum(row.answered for row in present)
    latencies = [row.latency_ms for row in present if row.answered and row.latency_ms is not None]
    prompt_tokens = sum(row.prompt_tokens for row in present)
    output_tokens = sum(row.output_tokens for row in present)
    cost = None
    if system.usd_per_million_input is not None and system.usd_per_million_output is not None:
        cost = (prompt_tokens * system.usd_per_million_input + output_tokens * system.usd_per_million_output) / 1e6
    return SystemResult(
        system=system,
        coverage=answered / len(rows),
        prompt_tokens=prompt_tokens,
        output_tokens=output_tokens,
        cost_usd=cost,
        latency_p50_ms=float(np.percentile(latencies, 50)) if latencies else None,
        latency_p95_ms=float(np.percentile(latencies, 95)) if latencies else None,
        metrics=metrics,
        failures=dict(Counter(failure_reason(row) for row in rows if row is None or not row.answered).most_common()),
    )


def failure_reason(row: Row | None) -> str:
    """Why a row has no answer, in few words: the status of the failed call, or the finish reason."""
    if row is None:
        return "not asked"
    return row.error.partition(":")[0] if row.finish_reason == "ERROR" else f"no text, {row.finish_reason}"


def _compare(scored: Sequence[_Scored], settings: EvaluationSettings, confidence: float) -> list[Comparison]:
    candidates = [one for one in scored if one.result.system.role == "candidate"]
    levels = [1 - (1 - confidence) / (rank + 1) for rank in range(len(candidates))]
    comparisons: list[Comparison] = []
    baselines: tuple[Baseline, ...] = ("base", "champion")
    for against in baselines:
        opponents = [_opponent(one, against, scored) for one in candidates]
        for metric in opponents[0].scores if opponents[0] else ():
            pairs = [(one, other) for one, other in zip(candidates, opponents, strict=True) if other]
            comparisons += _compare_metric(pairs, against, metric, levels, settings)
    return comparisons


def _opponent(candidate: _Scored, against: Baseline, scored: Sequence[_Scored]) -> _Scored | None:
    """The candidate's own base model, or the champion where there is one."""
    for one in scored:
        system = one.result.system
        if system.role == against and (
            against == "champion" or system.base_model == candidate.result.system.base_model
        ):
            return one
    return None


def _compare_metric(
    pairs: Sequence[tuple[_Scored, _Scored]],
    against: Baseline,
    metric: str,
    levels: Sequence[float],
    settings: EvaluationSettings,
) -> list[Comparison]:
    """The comparisons of all candidates on one metric: the family that Holm's correction is over."""
    sampling: Sampling = {"resamples": settings.resamples, "seed": settings.seed}
    found = [
        paired_difference(one.scores[metric], other.scores[metric], confidences=levels, **sampling)
        for one, other in pairs
    ]
    adjusted = holm([difference.p for difference in found])
    return [
        Comparison(
            candidate=one.result.system.fingerprint,
            against=against,
            metric=metric,
            difference=difference.intervals[0],
            corrected_lows=[interval.low for interval in difference.intervals],
            p=difference.p,
            p_adjusted=p_adjusted,
            mde=difference.mde,
            wins=difference.wins,
            losses=difference.losses,
            ties=difference.ties,
        )
        for (one, _), difference, p_adjusted in zip(pairs, found, adjusted, strict=True)
    ]
