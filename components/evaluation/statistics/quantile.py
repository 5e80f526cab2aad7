"""A quantile with an interval that assumes nothing about the distribution."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from components.evaluation.statistics.interval import Interval


def quantile_interval(values: Sequence[float], share: float, confidence: float) -> Interval:
    """The quantile between two order statistics, whose ranks follow from the binomial distribution.

    Args:
        values: At least one. With few values no order statistic is extreme enough, and the bounds are the smallest
            and the largest value.
        share: Which quantile, for example 0.95.
        confidence: Level.
    """
    from scipy.special import bdtr  # scipy.stats takes 1.5 s to import

    ordered = np.sort(np.asarray(values, dtype=np.float64))
    tail = (1 - confidence) / 2
    below = bdtr(np.arange(ordered.size + 1), ordered.size, share)
    low, high = np.searchsorted(below, [tail, 1 - tail])
    return Interval(
        float(np.quantile(ordered, share)),
        float(ordered[max(0, low - 1)]),
        float(ordered[min(ordered.size - 1, high)]),
    )
