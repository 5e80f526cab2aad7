"""Closed forms for scores that are 0 or 1.

Their coverage stays honest when few rows differ, which is where a bootstrap is too sure of itself: Wilson's interval
for one model, Bonett and Price's for the difference of two (Statistical Methods in Medical Research 21(6), 2012) and
the exact McNemar test.
"""

from __future__ import annotations

import numpy as np

from components.evaluation.statistics.interval import NORMAL, Interval, Scores


def is_right_or_wrong(scores: Scores) -> bool:
    """Whether every score is 0 or 1."""
    return bool(np.isin(scores, (0.0, 1.0)).all())


def wilson(hits: int, rows: int, confidence: float) -> Interval:
    """A share with Wilson's interval."""
    z = NORMAL.inv_cdf((1 + confidence) / 2)
    mean, weight = hits / rows, rows / (rows + z * z)
    middle = mean * weight + (1 - weight) / 2
    half = weight * z * float(np.sqrt(mean * (1 - mean) / rows + (z / (2 * rows)) ** 2))
    # Exact at the ends, where the two terms are equal and their difference is not quite 0.
    return Interval(mean, 0.0 if hits == 0 else middle - half, 1.0 if hits == rows else middle + half)


def bonett_price(wins: int, losses: int, rows: int, confidence: float) -> Interval:
    """The difference of two paired proportions with the adjusted Wald interval of Bonett and Price."""
    won, lost = (wins + 1) / (rows + 2), (losses + 1) / (rows + 2)
    error = np.sqrt((won + lost - (won - lost) ** 2) / (rows + 2))
    half = float(NORMAL.inv_cdf((1 + confidence) / 2) * error)
    mean = (wins - losses) / rows
    return Interval(mean, max(-1.0, won - lost - half), min(1.0, won - lost + half))


def mcnemar(wins: int, losses: int) -> float:
    """Two-sided p-value of the exact McNemar test."""
    # scipy.stats has this test too, and takes 1.5 s to import.
    from scipy.special import bdtr

    return min(1.0, 2 * float(bdtr(min(wins, losses), wins + losses, 0.5)))


def win_rate(wins: int, losses: int, rows: int, confidence: float) -> Interval:
    """The share of rows won, a tie counting half, with its interval.

    It is half of one plus the paired difference of two proportions, and so is its interval.
    """
    difference = bonett_price(wins, losses, rows, confidence)
    return Interval((1 + difference.mean) / 2, (1 + difference.low) / 2, (1 + difference.high) / 2)
