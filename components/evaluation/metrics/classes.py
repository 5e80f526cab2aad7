"""Classification as a whole: macro and weighted F1, the score of each class, who is taken for whom."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray

from components.evaluation.statistics.bootstrap import Statistic

F1_OUTPUTS = ("macro_f1", "weighted_f1")


class ClassScore(msgspec.Struct, frozen=True):
    """How well one class is found.

    Attributes:
        label: The class, normalised.
        rows: Rows that it is wanted on.
        precision: Share of the answers naming it that are right; 0 when none names it.
        recall: Share of its rows that are answered right.
        f1: Their harmonic mean.
    """

    label: str
    rows: int
    precision: float
    recall: float
    f1: float


class ConfusionCell(msgspec.Struct, frozen=True):
    """How often one class was answered where another, or the same, was wanted; None for answers that are no class."""

    wanted: str
    given: str | None
    rows: int


class ClassTable(msgspec.Struct, frozen=True):
    """Classes in alphabetical order, and the cells of the confusion matrix that are not empty, the largest first."""

    classes: list[ClassScore]
    confusion: list[ConfusionCell]


def f1_statistic(wanted: Sequence[str], given: Sequence[str | None]) -> Statistic:
    """Macro and weighted F1 (`F1_OUTPUTS`) as a statistic of class counts.

    The averages run over the classes of the references, in a resample over those that it contains; an answer outside
    of them, or none, counts against the class that was wanted.
    """
    from scipy.sparse import csr_matrix

    classes = sorted(set(wanted))
    code = {label: number for number, label in enumerate(classes)}
    count = len(classes)
    rows: list[int] = []
    columns: list[int] = []
    for row, (label, answer) in enumerate(zip(wanted, given, strict=True)):
        cells = [code[label]]
        if answer is not None and answer in code:
            cells.append(count + code[answer])
        if answer == label:
            cells.append(2 * count + code[label])
        rows += [row] * len(cells)
        columns += cells
    matrix = csr_matrix((np.ones(len(rows)), (rows, columns)), shape=(len(wanted), 3 * count))
    return Statistic(matrix, lambda sums, _: _f1(sums, count))


def _f1(sums: NDArray[np.float64], classes: int) -> NDArray[np.float64]:
    support, predicted, right = sums[:, :classes], sums[:, classes : 2 * classes], sums[:, 2 * classes :]
    f1 = 2 * right / np.maximum(support + predicted, 1)
    present = support > 0
    macro = (f1 * present).sum(axis=1) / np.maximum(present.sum(axis=1), 1)
    weighted = (f1 * support).sum(axis=1) / np.maximum(support.sum(axis=1), 1)
    return np.column_stack([macro, weighted])


def class_table(wanted: Sequence[str], given: Sequence[str | None]) -> ClassTable:
    """The classes one by one, and the confusion matrix."""
    support = Counter(wanted)
    known = [answer if answer in support else None for answer in given]
    predicted, cells = Counter(known), Counter(zip(wanted, known, strict=True))
    classes = []
    for label in sorted(support):
        right = cells[label, label]
        classes.append(
            ClassScore(
                label=label,
                rows=support[label],
                precision=right / max(1, predicted[label]),
                recall=right / support[label],
                f1=2 * right / (support[label] + predicted[label]),
            )
        )
    ranked = sorted(cells.items(), key=lambda cell: (-cell[1], cell[0][0], cell[0][1] or ""))
    return ClassTable(classes, [ConfusionCell(label, answer, rows) for (label, answer), rows in ranked])
