"""Scores the answers of all systems on the same rows and compares the candidates with base and champion."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from components.errors import configuration_error
from components.evaluation.answer_format import require_same_format
from components.evaluation.comparisons import ExtraMetric, Scored, compare_all
from components.evaluation.dimensions import Fields, dimensions_of
from components.evaluation.evaluation import Evaluation, System
from components.evaluation.metrics.case import Case
from components.evaluation.metrics.catalogue import score_rows
from components.evaluation.metrics.classes import ClassTable
from components.evaluation.metrics.own_metric import OWN_METRIC, score_own_metric
from components.evaluation.metrics.set_metrics import SetScores, row_metric_of, score_sets
from components.evaluation.metrics.task_kind import TaskKind, detect_task_kind
from components.evaluation.requests import TestExample
from components.evaluation.rows import Row
from components.evaluation.settings import EvaluationSettings
from components.evaluation.slices import slice_masks
from components.evaluation.statistics.interval import Interval, Scores
from components.evaluation.statistics.paired import Figure, Measured, mean_interval, measure
from components.evaluation.system_result import system_result


@dataclass(frozen=True)
class _System:
    system: System
    rows: Sequence[Row | None]
    cases: Sequence[Case]
    scores: dict[str, Scores]
    sets: Sequence[SetScores]


def evaluate(
    examples: Sequence[TestExample],
    answers: Sequence[tuple[System, Sequence[Row]]],
    settings: EvaluationSettings,
    *,
    confidence: float,
    dataset_sha256: str,
    sliced_metric: str = "exact_match",
    fields: Fields = (),
    extra: Sequence[ExtraMetric] = (),
) -> Evaluation:
    """The evaluation of all systems on the same rows.

    Args:
        examples: The test set; its order is the order of every array of scores.
        answers: Each system with its rows, joined to the examples by example id and request hash: a row for another
            request does not count, an example without a row is one without an answer.
        settings: Seed, resamples, own metrics and, where it shall not be detected, the task kind.
        confidence: Level of the intervals, for example 0.95.
        dataset_sha256: Digest of the snapshot.
        sliced_metric: The metric that slices are compared on; for a figure of the whole test set such as macro F1,
            the metric of its rows.
        fields: What a side file says of every example, to make slices of.
        extra: Scores of judges or people.

    Raises:
        RetuneError: `EVAL-SYSTEMS`, a candidate's base model is missing or there twice, or there are several champions;
            `EVAL-FORMAT`, see `answer_format`; `EVAL-METRIC-…`, see `own_metric`.
    """
    _require_roles([system for system, _ in answers])
    kind = settings.task_kind or detect_task_kind([example.reference for example in examples])
    systems = [_score(system, examples, join(examples, rows), kind, settings) for system, rows in answers]
    require_same_format(kind, [one.cases for one in systems])
    measured = _measure(systems, settings)
    scored = [
        Scored(one.system, _lengths(one.cases), {name: models[number] for name, models in measured.items()})
        for number, one in enumerate(systems)
    ]
    masks = slice_masks(dimensions_of(examples, kind, fields))
    sliced = row_metric_of(sliced_metric, [*systems[0].scores, *(metric.name for metric in extra)])
    comparisons, slices = compare_all(scored, extra, masks, sliced, settings, confidence)
    return Evaluation(
        dataset_sha256=dataset_sha256,
        rows=len(examples),
        task_kind=kind,
        confidence=confidence,
        seed=settings.seed,
        resamples=settings.resamples,
        systems=[
            system_result(
                one.system,
                one.rows,
                metrics=_metrics(measured, number, extra, settings, confidence),
                classes=_classes(one.sets),
                confidence=confidence,
            )
            for number, one in enumerate(systems)
        ],
        comparisons=comparisons,
        slices=slices,
    )


def join(examples: Sequence[TestExample], rows: Sequence[Row]) -> list[Row | None]:
    """The row of every example, in the order of the examples; None where there is none."""
    found = {(row.example_id, row.request_hash): row for row in rows}
    return [found.get((example.example_id, example.request_hash)) for example in examples]


def cases_of(examples: Sequence[TestExample], rows: Sequence[Row | None]) -> list[Case]:
    """What metrics look at, in the order of the examples."""
    return [
        Case(
            reference=example.reference,
            answer=row.answer if row is not None and row.answered else None,
            finish_reason=row.finish_reason if row is not None else "",
            prompt=example.prompt_text(),
            example_id=example.example_id,
        )
        for example, row in zip(examples, rows, strict=True)
    ]


def score_system(kind: TaskKind, cases: Sequence[Case], settings: EvaluationSettings) -> dict[str, Scores]:
    """Every row metric of one model's answers, the user's own functions among them."""
    own = {
        f"{OWN_METRIC}{name}": score_own_metric(name, metric.python, cases)
        for name, metric in settings.own_metrics.items()
        if metric.python
    }
    return score_rows(kind, cases, also=settings.metrics) | own


def _require_roles(systems: Sequence[System]) -> None:
    roles = Counter(system.role for system in systems)
    bases = Counter(system.base_model for system in systems if system.role == "base")
    wanted = {system.base_model for system in systems if system.role == "candidate"}
    if any(bases[one] != 1 for one in wanted | bases.keys()) or roles["champion"] > 1:
        raise configuration_error(
            "EVAL-SYSTEMS",
            f"a candidate needs its base model, once, and there is at most one champion, not {dict(roles)}",
            "name the base model of each candidate",
        )


def _score(
    system: System,
    examples: Sequence[TestExample],
    rows: Sequence[Row | None],
    kind: TaskKind,
    settings: EvaluationSettings,
) -> _System:
    cases = cases_of(examples, rows)
    return _System(system, rows, cases, score_system(kind, cases, settings), score_sets(kind, cases))


def _measure(systems: Sequence[_System], settings: EvaluationSettings) -> dict[str, list[Measured]]:
    columns = {name: [one.scores[name] for one in systems] for name in systems[0].scores}
    figures = [
        Figure(models[0].names, models[0].row_metric, [one.statistic for one in models])
        for models in zip(*(one.sets for one in systems), strict=True)
    ]
    return measure(columns, figures, resamples=settings.resamples, seed=settings.seed)


def _lengths(cases: Sequence[Case]) -> Scores:
    return np.array([len(case.answer or "") for case in cases], dtype=np.float64)


def _metrics(
    measured: dict[str, list[Measured]],
    number: int,
    extra: Sequence[ExtraMetric],
    settings: EvaluationSettings,
    confidence: float,
) -> dict[str, Interval]:
    """Every metric of one system."""
    metrics = {name: models[number].interval(confidence) for name, models in measured.items()}
    for metric in extra:
        if metric.by_system:
            scores = metric.by_system[number]
            known = scores[np.isfinite(scores)]
            metrics[metric.name] = mean_interval(
                known, confidence=confidence, resamples=settings.resamples, seed=settings.seed
            )
    return metrics


def _classes(sets: Sequence[SetScores]) -> dict[str, ClassTable]:
    return {one.names[0]: one.table for one in sets if one.table is not None}
