"""Macro-averaged F1 of labels, with its bootstrap interval."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from components.evaluation.metrics import MAX_LABELS, TaskKind, normalize, parse_object, reference_fields
from components.evaluation.statistics import Interval

RESAMPLES_AT_ONCE = 500


def macro_f1_intervals(
    kind: TaskKind,
    references: Sequence[str],
    answers: Sequence[str | None],
    *,
    confidence: float,
    resamples: int,
    seed: int,
) -> dict[str, Interval]:
    """Macro F1 by name: `macro_f1` for labels, `macro_f1:FIELD` for the label-like fields of structured answers.

    The average runs over the classes of the references; an answer outside of them, or none, counts against the
    class that was wanted. The interval is a percentile bootstrap over rows.
    """
    columns: dict[str, tuple[list[str], list[str | None]]] = {}
    if kind == "label":
        columns["macro_f1"] = _normalized(references), _normalized_answers(answers)
    elif kind == "structured":
        for field in reference_fields(references):
            wanted = [_field_label(reference, field) or "" for reference in references]
            if 2 <= len(set(wanted)) <= min(MAX_LABELS, len(wanted) // 2):
                columns[f"macro_f1:{field}"] = wanted, [a and _field_label(a, field) for a in answers]
    return {name: _interval(wanted, given, confidence, resamples, seed) for name, (wanted, given) in columns.items()}


def _normalized(references: Sequence[str]) -> list[str]:
    return [normalize(reference) for reference in references]


def _normalized_answers(answers: Sequence[str | None]) -> list[str | None]:
    return [None if answer is None else normalize(answer) for answer in answers]


def _field_label(text: str, field: str) -> str | None:
    value = (parse_object(text) or {}).get(field)
    return normalize(value) if isinstance(value, str) else None


def _interval(
    wanted: Sequence[str], given: Sequence[str | None], confidence: float, resamples: int, seed: int
) -> Interval:
    classes = sorted(set(wanted))
    code = {label: number for number, label in enumerate(classes)}
    other = len(classes)
    pairs = [(code[w], other if g is None else code.get(g, other)) for w, g in zip(wanted, given, strict=True)]
    cells, counts = np.unique(np.asarray(pairs), axis=0, return_counts=True)
    estimate = _macro_f1(cells, counts[np.newaxis, :], other)[0]

    # Rows in the same cell of the confusion matrix are interchangeable: drawing how often each cell
    # occurs is the same bootstrap as drawing rows, at a fraction of the cost.
    rng = np.random.default_rng(seed)
    shares = counts / len(wanted)
    sizes = [min(RESAMPLES_AT_ONCE, resamples - start) for start in range(0, resamples, RESAMPLES_AT_ONCE)]
    draws = [_macro_f1(cells, rng.multinomial(len(wanted), shares, size=size), other) for size in sizes]
    tail = 100 * (1 - confidence) / 2
    low, high = np.percentile(np.concatenate(draws), [tail, 100 - tail])
    return Interval(float(estimate), float(low), float(high))


def _macro_f1(cells: NDArray[np.int64], counts: NDArray[np.int64], classes: int) -> NDArray[np.float64]:
    """Macro F1 of each row of cell counts; a class that a resample does not contain is left out of its mean."""
    labels = np.arange(classes)
    is_wanted = cells[:, 0, np.newaxis] == labels
    is_given = cells[:, 1, np.newaxis] == labels
    support = counts @ is_wanted.astype(np.int64)
    predicted = counts @ is_given.astype(np.int64)
    right = counts @ (is_wanted & is_given).astype(np.int64)
    f1 = 2 * right / np.maximum(support + predicted, 1)
    present = support > 0
    mean: NDArray[np.float64] = (f1 * present).sum(axis=1) / present.sum(axis=1)
    return mean
