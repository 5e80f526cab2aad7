"""What a test set of a given size and variance can show."""

from __future__ import annotations

import math

from components.evaluation.statistics.interval import NORMAL, Interval

POWER = 0.8


def minimum_detectable_effect(standard_error: float, confidence: float) -> float:
    """The smallest true difference whose lower bound exceeds 0 with 80 % probability."""
    return (NORMAL.inv_cdf((1 + confidence) / 2) + NORMAL.inv_cdf(POWER)) * standard_error


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
