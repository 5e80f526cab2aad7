"""The difference between two models' quantiles on the same rows."""

from __future__ import annotations

import numpy as np

from components.evaluation.statistics.interval import Interval, Scores

DRAWN_AT_ONCE = 2_000_000


def quantile_difference(
    ours: Scores, theirs: Scores, share: float, confidence: float, *, resamples: int, seed: int
) -> Interval:
    """How much larger the first quantile is, with the percentile interval of a bootstrap that draws rows.

    Args:
        ours: A value per row.
        theirs: The other model's, in the same order of rows.
        share: Which quantile, for example 0.95.
        confidence: Level.
        resamples: Draws.
        seed: Their seed.
    """
    rng, both = np.random.default_rng(seed), np.stack([ours, theirs])
    rows, at_once = ours.size, max(1, DRAWN_AT_ONCE // ours.size)
    drawn = []
    for start in range(0, resamples, at_once):
        draws = both[:, rng.integers(0, rows, (min(at_once, resamples - start), rows))]
        drawn.append(np.subtract(*np.quantile(draws, share, axis=2)))
    low, high = np.quantile(np.concatenate(drawn), [(1 - confidence) / 2, (1 + confidence) / 2])
    return Interval(float(np.subtract(*np.quantile(both, share, axis=1))), float(low), float(high))
