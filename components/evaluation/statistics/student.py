"""Student's interval of a mean, for the many small comparisons of slices and for money."""

from __future__ import annotations

import numpy as np

from components.evaluation.statistics.interval import ROUNDING, Interval, Scores, interval_of_alike


def student_interval(values: Scores, confidence: float, *, span: float = 0.0) -> Interval:
    """The mean with Student's interval.

    Args:
        values: At least one.
        confidence: Level, for example 0.95.
        span: What a value can be at most, in either direction; with it, values that are all alike do not give an
            interval without width.
    """
    from scipy.special import stdtrit  # scipy.stats takes 1.5 s to import

    mean = float(values.mean())
    if values.size == 1 or np.ptp(values) < ROUNDING:
        if not span:
            return Interval(mean, mean, mean)
        return interval_of_alike(mean, values.size, confidence, worst=-span, best=span)
    half = float(stdtrit(values.size - 1, (1 + confidence) / 2)) * float(values.std(ddof=1)) / values.size**0.5
    return Interval(mean, mean - half, mean + half)
