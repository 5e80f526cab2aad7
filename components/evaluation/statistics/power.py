"""What a test set of a given size and variance can show."""

from __future__ import annotations

import math

from components.evaluation.statistics.interval import NORMAL, Interval

POWER = 0.8
STEPS = 20


def minimum_detectable_effect(standard_error: float, confidence: float) -> float:
    """The smallest true difference whose lower bound exceeds 0 with 80 % probability."""
    return (NORMAL.inv_cdf((1 + confidence) / 2) + NORMAL.inv_cdf(POWER)) * standard_error


def minimum_detectable_share(disagreeing: float, baseline: float, rows: int, confidence: float) -> float:
    """The same for right-or-wrong scores, whose variance grows with the difference, and for the exact test.

    Source: Connor, "Sample size for testing differences in proportions for the paired-sample design", Biometrics 43
    (1987), with a correction for continuity. Where the baseline is mostly wrong, much of what a better model wins comes
    on top of the rows that disagree already: as much as if the models erred independently, times how far they do.

    Args:
        disagreeing: Share of rows where one is right and the other wrong.
        baseline: Share that the baseline has right.
        rows: Number of rows.
        confidence: Level.
    """
    quantile, power = NORMAL.inv_cdf((1 + confidence) / 2), NORMAL.inv_cdf(POWER)
    independent = 2 * baseline * (1 - baseline)
    on_top = (1 - 2 * baseline) * (min(1.0, disagreeing / independent) if independent else 1.0)
    effect = 0.0
    for _ in range(STEPS):
        share = min(1.0, max(effect, disagreeing + effect * on_top))
        spread = quantile * math.sqrt(share) + power * math.sqrt(max(0.0, share - min(effect, 1.0) ** 2))
        effect = spread / math.sqrt(rows) + 1 / rows
    return effect


def standard_error_of(interval: Interval, confidence: float) -> float:
    """The standard error behind a symmetrical interval."""
    return (interval.high - interval.low) / (2 * NORMAL.inv_cdf((1 + confidence) / 2))


def rows_needed(rows: int, mde: float, distance: float) -> int:
    """How many rows show a difference `distance` away from its threshold with 80 % probability.

    Args:
        rows: Rows of the test set.
        mde: What those show.
        distance: Other than 0.
    """
    return math.ceil(rows * (mde / distance) ** 2)
