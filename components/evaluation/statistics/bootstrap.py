"""The BCa bootstrap of many statistics at once, all on the same draws.

A statistic is a function of column sums: a mean of the sum of scores, macro F1 of the counts per class, BLEU of its
n-gram counts. A draw is a row of counts, how often each test row was drawn, so one matrix product serves all
statistics of all models, and differences between models are paired because they share the draws.

Source: Efron, "Better bootstrap confidence intervals", Journal of the American Statistical Association 82 (1987).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from components.evaluation.statistics.interval import NORMAL, ROUNDING, Interval, Scores, interval_of_alike

DRAWN_AT_ONCE = 500_000
LEFT_OUT_AT_ONCE = 1_000

Value = Callable[[NDArray[np.float64], int], NDArray[np.float64]]
"""Takes sums (draws x columns) and the number of rows they are over, and gives one value per draw and output."""


@dataclass(frozen=True)
class Statistic:
    """What is computed from the rows of a test set.

    Attributes:
        rows: One row per example, dense or a scipy CSR matrix; their sums are all that the value depends on.
        value: From sums to values, shape (draws, outputs).
    """

    rows: Any
    value: Value


@dataclass(frozen=True)
class Resampled:
    """One number and how it varies.

    Attributes:
        estimate: The number on the whole test set.
        draws: The number on each resample.
        left_out: The number without each row in turn, which BCa's acceleration comes from.
    """

    estimate: float
    draws: Scores
    left_out: Scores

    def minus(self, other: Resampled) -> Resampled:
        """The difference, paired because both come from the same draws."""
        return Resampled(self.estimate - other.estimate, self.draws - other.draws, self.left_out - other.left_out)

    @property
    def standard_error(self) -> float:
        """Standard deviation of the draws."""
        return float(self.draws.std(ddof=1))


def mean_of(columns: NDArray[np.float64]) -> Statistic:
    """The mean of every column."""
    return Statistic(columns, lambda sums, count: sums / count)


def bootstrap(statistics: Sequence[Statistic], *, resamples: int, seed: int) -> list[list[Resampled]]:
    """The outputs of every statistic, resampled; the draws are those of `scipy.stats.bootstrap` with that seed."""
    rows = statistics[0].rows.shape[0]
    values: list[list[NDArray[np.float64]]] = [[] for _ in statistics]
    for counts in _draws(rows, resamples, seed):
        for kept, statistic in zip(values, statistics, strict=True):
            kept.append(statistic.value(_weighted(counts, statistic.rows), rows))
    return [_resampled(statistic, np.concatenate(kept)) for statistic, kept in zip(statistics, values, strict=True)]


def bca(resampled: Resampled, levels: Sequence[float], *, worst: float, best: float) -> list[Interval]:
    """BCa intervals at the confidence levels; `worst` and `best` bound a row, for when all rows are alike."""
    draws, estimate = resampled.draws, resampled.estimate
    if np.ptp(draws) < ROUNDING:
        rows = resampled.left_out.size
        return [interval_of_alike(estimate, rows, level, worst=worst, best=best) for level in levels]
    below = ((draws < estimate - ROUNDING).mean() + (draws <= estimate + ROUNDING).mean()) / 2
    deviation = resampled.left_out.mean() - resampled.left_out
    spread = float((deviation**2).sum())
    intervals = []
    for level in levels:
        tails = (1 - level) / 2, (1 + level) / 2
        # Two or three rows leave BCa without bias or acceleration; the plain percentiles still exist.
        if 0 < below < 1 and spread > 0:
            bias = NORMAL.inv_cdf(float(below))
            acceleration = float((deviation**3).sum()) / (6 * spread**1.5)
            tails = _shifted(tails[0], bias, acceleration), _shifted(tails[1], bias, acceleration)
        low, high = np.quantile(draws, tails)
        intervals.append(Interval(estimate, float(low), float(high)))
    return intervals


def _shifted(tail: float, bias: float, acceleration: float) -> float:
    normal = bias + NORMAL.inv_cdf(tail)
    return NORMAL.cdf(bias + normal / (1 - acceleration * normal))


def _draws(rows: int, resamples: int, seed: int) -> Iterator[NDArray[np.float64]]:
    rng = np.random.default_rng(seed)
    at_once = max(1, DRAWN_AT_ONCE // rows)
    for start in range(0, resamples, at_once):
        draws = min(at_once, resamples - start)
        drawn = rng.integers(0, rows, (draws, rows))
        drawn += np.arange(draws)[:, np.newaxis] * rows
        yield np.bincount(drawn.ravel(), minlength=draws * rows).reshape(draws, rows).astype(np.float64)


def _weighted(weights: NDArray[np.float64], rows: Any) -> NDArray[np.float64]:
    sums: NDArray[np.float64] = weights @ rows
    return sums


def _resampled(statistic: Statistic, values: NDArray[np.float64]) -> list[Resampled]:
    count = statistic.rows.shape[0]
    total = np.asarray(statistic.rows.sum(axis=0), dtype=np.float64).reshape(1, -1)
    estimates = statistic.value(total, count)[0]
    others = max(1, count - 1)
    left_out = np.concatenate([statistic.value(total - part, others) for part in _dense_parts(statistic.rows)])
    return [
        Resampled(float(estimates[output]), values[:, output], left_out[:, output]) for output in range(estimates.size)
    ]


def _dense_parts(rows: Any) -> Iterator[NDArray[np.float64]]:
    """The rows as dense blocks that are small whatever the number of rows."""
    for start in range(0, rows.shape[0], LEFT_OUT_AT_ONCE):
        part = rows[start : start + LEFT_OUT_AT_ONCE]
        yield part.toarray() if hasattr(part, "toarray") else part
