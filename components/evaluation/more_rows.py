"""What a test set can show, and how many more rows would decide an open rule."""

from __future__ import annotations

import math

from components.evaluation.evaluation import Comparison
from components.evaluation.statistics.interval import NORMAL
from components.evaluation.statistics.power import rows_needed

FEWEST_ROWS = 30
"""With fewer rows the variance is not known well enough to reckon with it."""
MOST_ROWS = 1_000_000


def what_would_decide(comparison: Comparison, threshold: float, confidence: float) -> str:
    """How large an effect these rows can show, and how many more would show which side of the threshold it lies on.

    Args:
        comparison: An undecided one.
        threshold: On the scale of the improvement.
        confidence: Level of the intervals.
    """
    rows = comparison.rows
    if rows < FEWEST_ROWS:
        return f"{rows} rows are too few to reckon how many would decide it; use at least {FEWEST_ROWS}."
    shown = f"These {rows} rows show differences of {comparison.mde * 100:.2f} points (80% power)"
    distance = comparison.improvement.mean - threshold
    more = _more_rows(comparison, threshold, distance, confidence)
    if more is None:
        return (
            f"{shown}; the observed difference is at the threshold, and no attainable number of rows would decide it."
        )
    side = "above" if distance > 0 else "below"
    return f"{shown}; about {_round_up(more)} more rows would decide it, if the difference stays {side} the threshold."


def _more_rows(comparison: Comparison, threshold: float, distance: float, confidence: float) -> int | None:
    """None where the difference is at the threshold, as near as can be told."""
    if abs(distance) < comparison.mde * math.sqrt(comparison.rows / MOST_ROWS):
        return None
    needed = rows_needed(comparison.rows, comparison.mde, distance)
    if distance > 0:
        # The estimate from the variance is too hopeful where few rows differ: the bound, and the exact test where it
        # has to agree, must follow too. All three shrink with the root of the number of rows.
        to_bound = (comparison.improvement.mean - comparison.corrected_lows[-1]) / distance
        needed = max(needed, math.ceil(comparison.rows * to_bound**2))
        if threshold >= 0 and comparison.p_adjusted > 1 - confidence:
            level, reached = (NORMAL.inv_cdf(1 - p / 2) for p in (1 - confidence, min(comparison.p_adjusted, 0.99)))
            needed = max(needed, math.ceil(comparison.rows * (level / reached) ** 2))
    return min(MOST_ROWS, max(1, needed - comparison.rows))


def _round_up(rows: int) -> str:
    """The number with two leading digits, which is all that such an estimate is worth."""
    unit: int = 10 ** max(0, len(str(rows)) - 2)
    return f"{-(-rows // unit) * unit:,}"
