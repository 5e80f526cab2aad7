"""How far raters agree."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

Unit = Sequence[str]
"""What the raters of one pair said."""


def percent_agreement(units: Sequence[Unit]) -> float | None:
    """The mean share of two raters of the same pair who say the same, from 0 to 1; None where no pair has two."""
    shares = [_agreeing(unit) for unit in units if len(unit) > 1]
    return sum(shares) / len(shares) if shares else None


def krippendorff_alpha(units: Sequence[Unit]) -> float | None:
    """Krippendorff's alpha for nominal data: 1 for perfect agreement, 0 for what chance would give.

    Raters may be different ones from pair to pair, and some may have said nothing about it.
    Source: Krippendorff, "Computing Krippendorff's Alpha-Reliability" (2011), section D.

    Returns:
        None where no pair has two raters, or all of them always said the same, so that nothing is to be told apart.
    """
    several = [unit for unit in units if len(unit) > 1]
    values = Counter(value for unit in several for value in unit)
    total = values.total()
    expected = sum(count * (total - count) for count in values.values())
    if not expected:
        return None
    observed = sum(len(unit) * (1 - _agreeing(unit)) for unit in several)
    return 1 - (total - 1) * observed / expected


def _agreeing(unit: Unit) -> float:
    """Share of the ordered pairs of raters that agree."""
    counts = Counter(unit)
    return sum(count * (count - 1) for count in counts.values()) / (len(unit) * (len(unit) - 1))
