"""Paired permutation tests: under "no difference" the two models' answers to a row may be swapped."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from components.evaluation.statistics.bootstrap import Statistic
from components.evaluation.statistics.interval import ROUNDING, Scores

SWAPS_AT_ONCE = 4_000_000


def sign_flip(differences: Scores, *, resamples: int, seed: int) -> float:
    """Two-sided p-value that the mean difference is 0.

    All sign patterns are tried where there are no more than `resamples`, else so many random ones; the observed one
    counts among the random ones, so that p is never 0.
    """
    total = differences.sum()
    observed = abs(total) - ROUNDING
    exact = 2**differences.size <= resamples
    patterns = _all_swaps(differences.size) if exact else _random_swaps(differences.size, resamples, seed)
    as_extreme = 0
    for kept in patterns:
        as_extreme += int((np.abs(2 * (kept @ differences) - total) >= observed).sum())
    return as_extreme / 2**differences.size if exact else (as_extreme + 1) / (resamples + 1)


def swap(statistic: Statistic, baseline: Statistic, *, output: int, resamples: int, seed: int) -> float:
    """Two-sided p-value that two models have the same value of a statistic that is no mean.

    Args:
        statistic: Of the model in question.
        baseline: The same statistic, with the same columns, of the other.
        output: Which output of the statistic.
        resamples: Random swaps.
        seed: Their seed.
    """
    rows = statistic.rows.shape[0]
    ours, theirs = (np.asarray(one.rows.sum(axis=0), dtype=np.float64).reshape(1, -1) for one in (statistic, baseline))
    surplus = statistic.rows - baseline.rows

    def difference(sums: NDArray[np.float64]) -> NDArray[np.float64]:
        other = ours + theirs - sums
        found: NDArray[np.float64] = statistic.value(sums, rows)[:, output] - baseline.value(other, rows)[:, output]
        return np.abs(found)

    observed = difference(ours)[0] - ROUNDING
    as_extreme = 0
    for kept in _random_swaps(rows, resamples, seed):
        as_extreme += int((difference(kept @ surplus + theirs) >= observed).sum())
    return (as_extreme + 1) / (resamples + 1)


def _random_swaps(rows: int, resamples: int, seed: int) -> Iterator[NDArray[np.uint8]]:
    rng = np.random.default_rng(seed)
    at_once = max(1, SWAPS_AT_ONCE // rows)
    for start in range(0, resamples, at_once):
        swaps = min(at_once, resamples - start)
        packed = rng.integers(0, 256, (swaps, -(-rows // 8)), dtype=np.uint8)
        yield np.unpackbits(packed, axis=1, count=rows)


def _all_swaps(rows: int) -> Iterator[NDArray[np.uint8]]:
    yield ((np.arange(2**rows)[:, np.newaxis] >> np.arange(rows)) & 1).astype(np.uint8)
