"""What is left of a preference when length is taken out of it.

Judges, machines and people alike, prefer longer answers. Every row where one model's answer is longer is paired with
one where it is shorter by about as much, so that what a judge gives for length cancels in the mean of the pair, in
whatever way it grows with length. Rows of equal length count as they are.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from components.evaluation.statistics.interval import Interval, Scores
from components.evaluation.statistics.student import student_interval

FEWEST = 10
"""Pairs and rows of equal length, below which nothing is said."""
NEAR = 0.1
"""How much longer, as a logarithm, one row of a pair may surpass than the other falls short."""


def difference_at_equal_length(
    differences: Scores, ours: Scores, theirs: Scores, confidence: float, *, span: float = 1.0
) -> Interval:
    """The difference when neither model's answers are longer.

    Args:
        differences: Score of the one model minus that of the other, per row.
        ours: Characters of the one model's answers.
        theirs: Characters of the other's.
        confidence: Level.
        span: Largest possible difference. Where hardly a row can be paired, because one model's answers are nearly all
            longer, length and quality cannot be told apart, and the interval is everything that is possible.
    """
    surplus = ours - theirs
    amounts = np.log1p(np.abs(surplus))
    pairs = _pairs(amounts, np.flatnonzero(surplus > 0).tolist(), np.flatnonzero(surplus < 0).tolist())
    equal = np.flatnonzero(surplus == 0)
    if len(pairs) + equal.size < FEWEST:
        return Interval(float(differences.mean()), -span, span)
    units = [(differences[longer] + differences[shorter]) / 2 for longer, shorter in pairs]
    interval = student_interval(np.array([*units, *differences[equal]]), confidence, span=span)
    return Interval(interval.mean, max(-span, interval.low), min(span, interval.high))


def _pairs(amounts: Scores, longer: Sequence[int], shorter: Sequence[int]) -> list[tuple[int, int]]:
    """A longer and a shorter row of about the same amount, each row at most once."""
    first, second = (sorted(side, key=lambda row: amounts[row]) for side in (longer, shorter))
    pairs: list[tuple[int, int]] = []
    one = other = 0
    while one < len(first) and other < len(second):
        surplus = amounts[first[one]] - amounts[second[other]]
        if abs(surplus) <= NEAR:
            pairs.append((first[one], second[other]))
        one += surplus <= NEAR
        other += surplus >= -NEAR
    return pairs
