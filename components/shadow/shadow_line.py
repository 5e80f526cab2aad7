"""One line of the comparison of champion and candidate: values, difference, what is allowed, verdict."""

from __future__ import annotations

import math
from typing import Literal

import msgspec

from components.evaluation.metrics.catalogue import Better
from components.evaluation.statistics.interval import Interval

Verdict = Literal["worse", "not worse", "undecided", ""]
Unit = Literal["share", "ms", "usd", "characters"]


class ShadowLine(msgspec.Struct, frozen=True):
    """What one line compares, on the rows that both have a value on.

    Attributes:
        name: What it is about.
        unit: Of values, difference and what is allowed; a `share` is from 0 to 1.
        better: Which way is better; `unchanged` where neither is.
        rows: Rows compared.
        champion: The champion's value; not a number where there is none.
        candidate: The candidate's.
        difference: Candidate minus champion with its interval, paired on the same rows.
        allowed: How much worse the candidate may be.
        verdict: `worse`: the whole interval lies beyond what is allowed; `not worse`: none of it does; `undecided`;
            empty where nothing is to be decided.
        sentence: All of that for people.
    """

    name: str
    unit: Unit
    better: Better
    rows: int
    champion: float
    candidate: float
    difference: Interval
    allowed: float
    verdict: Verdict
    sentence: str


def judged_line(
    name: str,
    unit: Unit,
    better: Better,
    rows: int,
    values: tuple[float, float],
    difference: Interval,
    allowed: float,
    confidence: float,
) -> ShadowLine:
    """The line with its verdict and sentence.

    Args:
        name: What it is about.
        unit: Of all values.
        better: Which way is better.
        rows: Rows compared.
        values: The champion's and the candidate's.
        difference: Candidate minus champion.
        allowed: How much worse the candidate may be.
        confidence: Level of the interval.
    """
    verdict = _verdict(difference, better, allowed)
    champion, candidate = values
    sentence = (
        f"{name}: {_value(candidate, unit)} instead of {_value(champion, unit)}, {_change(difference.mean, unit)} "
        f"({confidence:.0%} interval {_bound(difference.low, unit)} to {_bound(difference.high, unit)} on {rows:,} "
        f"rows; {_wish(better)} {_change(allowed, unit).lstrip('+')}): {verdict}."
    )
    if verdict == "undecided":
        sentence += _more_rows(difference, better, allowed, rows)
    return ShadowLine(name, unit, better, rows, champion, candidate, difference, allowed, verdict, sentence)


def _verdict(difference: Interval, better: Better, allowed: float) -> Verdict:
    if not math.isfinite(difference.low) or not math.isfinite(difference.high):
        return "undecided"
    harms = {"lower": [difference], "higher": [difference.flipped()], "unchanged": [difference, difference.flipped()]}
    if any(harm.low > allowed for harm in harms[better]):
        return "worse"
    return "not worse" if all(harm.high <= allowed for harm in harms[better]) else "undecided"


def _wish(better: Better) -> str:
    return {"lower": "may rise by", "higher": "may drop by", "unchanged": "may move by"}[better]


def _more_rows(difference: Interval, better: Better, allowed: float, rows: int) -> str:
    """About how many more rows would decide it: the width of an interval shrinks with the root of their number."""
    harm = difference.flipped() if better == "higher" else difference
    if better == "unchanged" and harm.mean < 0:
        harm = difference.flipped()
    distance = allowed - harm.mean
    reach = harm.high - harm.mean if distance > 0 else harm.mean - harm.low
    if abs(distance) < reach / 100 or not math.isfinite(reach):
        return " The difference is at the limit, and no attainable number of rows would decide it."
    more = max(1, math.ceil(rows * (reach / distance) ** 2) - rows)
    unit: int = 10 ** max(0, len(str(more)) - 2)
    return f" About {-(-more // unit) * unit:,} more rows would decide it, if the difference stays."


def _value(value: float, unit: Unit) -> str:
    if unit == "share":
        return f"{value:.1%}"
    if unit == "usd":
        return f"${number(value, unit)}"
    return f"{value:,.0f} {unit}"


def _change(value: float, unit: Unit) -> str:
    if unit == "usd":
        return _bound(value, unit)
    return f"{_bound(value, unit)} {'points' if unit == 'share' else unit}"


def _bound(value: float, unit: Unit) -> str:
    """The change without its unit, but for money."""
    if unit == "usd":
        return f"{'-' if value < 0 else '+'}${number(abs(value), unit)}"
    # Adding 0.0 keeps minus zero out of the sentences.
    return f"{round(value * 100, 2) + 0.0:+.2f}" if unit == "share" else f"{round(value) + 0.0:+,.0f}"


def number(value: float, unit: Unit) -> str:
    """The value as a cell of a table whose row or heading says the unit; shares in percent."""
    if not math.isfinite(value):
        return "-"
    if unit == "usd":
        decimals = 4 if abs(value) < 1 else 2
        return f"{round(value, decimals) + 0.0:,.{decimals}f}"
    return f"{round(value * 100, 1) + 0.0:.1f}" if unit == "share" else f"{round(value) + 0.0:,.0f}"
