"""Figures that are no mean of row scores: F1 of classes, BLEU and chrF of the whole test set.

To add one, give its counts per row and a function from their sums to the figure; interval, comparison and permutation
test follow.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Sequence
from dataclasses import dataclass

import numpy as np

from components.evaluation.metrics.case import Case
from components.evaluation.metrics.classes import F1_OUTPUTS, ClassTable, class_table, f1_statistic
from components.evaluation.metrics.json_fields import field_label, label_fields
from components.evaluation.metrics.matches import normalize
from components.evaluation.metrics.n_grams import Counts, bleu_counts, bleu_of, chrf_counts, chrf_of
from components.evaluation.metrics.task_kind import TaskKind
from components.evaluation.statistics.bootstrap import Statistic

SET_METRICS = ("macro_f1", "weighted_f1", "bleu", "chrf")
FIELD_F1_METRICS = tuple(f"{name}:" for name in F1_OUTPUTS)


_ROW_METRICS = {"macro_f1": "accuracy", "weighted_f1": "accuracy", "bleu": "sentence_bleu", "chrf": "sentence_chrf"}


@dataclass(frozen=True)
class SetScores:
    """One model's counts for figures of the whole test set.

    Attributes:
        names: Names of the figures, in the order of the statistic's outputs.
        statistic: Counts per row and how the figures follow from their sums.
        row_metric: The metric that says which of two models won a row.
        table: The classes one by one, where the figures are about classes.
    """

    names: tuple[str, ...]
    statistic: Statistic
    row_metric: str
    table: ClassTable | None = None


def row_metric_of(metric: str, known: Container[str]) -> str:
    """The metric of rows that stands for a metric: itself, where it is one.

    Args:
        metric: Any metric.
        known: The metrics that rows were scored by; exact match stands for what is not among them.
    """
    name, _, field = metric.partition(":")
    of_rows = f"field:{field}" if name in F1_OUTPUTS and field else _ROW_METRICS.get(name, "")
    return next((one for one in (metric, of_rows) if one in known), "exact_match")


def score_sets(kind: TaskKind, cases: Sequence[Case]) -> list[SetScores]:
    """The figures of the whole test set that the task kind has; models on the same references have the same."""
    if kind == "label":
        wanted = [normalize(case.reference) for case in cases]
        given = [None if case.answer is None else normalize(case.answer) for case in cases]
        return [_of_classes(F1_OUTPUTS, wanted, given, "accuracy")]
    if kind == "structured":
        columns = label_fields([case.reference for case in cases])
        return [_of_field(field, wanted, cases) for field, wanted in columns.items()]
    if kind == "text":
        return [
            _of_counts("bleu", bleu_counts, lambda sums, _: bleu_of(sums)[:, np.newaxis], "sentence_bleu", cases),
            _of_counts("chrf", chrf_counts, lambda sums, _: chrf_of(sums)[:, np.newaxis], "sentence_chrf", cases),
        ]
    return []


def _of_field(field: str, wanted: Sequence[str], cases: Sequence[Case]) -> SetScores:
    given = [None if case.answer is None else field_label(case.answer, field) for case in cases]
    return _of_classes(tuple(f"{name}:{field}" for name in F1_OUTPUTS), wanted, given, f"field:{field}")


def _of_classes(
    names: tuple[str, ...], wanted: Sequence[str], given: Sequence[str | None], row_metric: str
) -> SetScores:
    return SetScores(names, f1_statistic(wanted, given), row_metric, class_table(wanted, given))


def _of_counts(
    name: str,
    counts: Callable[[str, str], Counts],
    value: Callable[[Counts, int], Counts],
    row_metric: str,
    cases: Sequence[Case],
) -> SetScores:
    rows = np.array([counts(case.reference, case.answer or "") for case in cases])
    return SetScores((name,), Statistic(rows, value), row_metric)
