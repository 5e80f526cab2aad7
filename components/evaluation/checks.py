"""One rule of the gate applied to one candidate, as an outcome and a sentence."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import msgspec

from components.evaluation.evaluation import Comparison, System
from components.evaluation.more_rows import what_would_decide
from components.evaluation.statistics.interval import Interval

Outcome = Literal["passed", "failed", "undecided"]
BASELINES = {"base": "the base model", "champion": "the champion"}


class Check(msgspec.Struct, frozen=True):
    """One rule, applied.

    Attributes:
        candidate: Fingerprint of the candidate; empty for a rule about the whole evaluation.
        rule: Short name of the rule.
        metric: Metric that the rule looks at; empty where it looks at none.
        value: Observed value or difference.
        low: Lower confidence bound.
        high: Upper confidence bound.
        threshold: What the rule compares with.
        outcome: `passed`, `failed` or `undecided`.
        sentence: All of that for people.
    """

    candidate: str
    rule: str
    metric: str
    value: float
    low: float
    high: float
    threshold: float
    outcome: Outcome
    sentence: str

    @classmethod
    def already_serving(cls, system: System) -> Check:
        """The check that fails because the candidate is the champion."""
        sentence = f"{system.name} is already serving: it is the champion's very model version."
        return cls(system.fingerprint, "is new", "", 0.0, 0.0, 0.0, 0.0, "failed", sentence)


def above(interval: Interval, threshold: float) -> Outcome:
    """Whether the value is above the threshold."""
    return "passed" if interval.low > threshold else "failed" if interval.high < threshold else "undecided"


def check_primary(system: System, comparison: Comparison, threshold: float, survives: bool, confidence: float) -> Check:
    """The check of an improvement on the primary metric.

    Args:
        system: The candidate.
        comparison: Candidate minus baseline.
        threshold: What the improvement must exceed.
        survives: Whether the evidence suffices: the lower bound exceeds the threshold, after correction.
        confidence: Level of the intervals.

    Returns:
        `passed` when the evidence suffices; `failed` when the upper bound is below the threshold; else `undecided`.
    """
    outcome: Outcome = "passed" if survives else "failed" if comparison.improvement.high < threshold else "undecided"
    sign = -1 if comparison.better == "lower" else 1
    bound = "must be below" if sign < 0 else "must exceed"
    wish = f"{bound} {_points(sign * threshold)}"
    sentence = _difference(system, comparison, confidence, wish) + f": {outcome}."
    if outcome == "undecided":
        sentence += " " + what_would_decide(comparison, threshold, confidence)
    return _check(system, f"primary against {comparison.against}", comparison, threshold, outcome, sentence)


def check_at_equal_length(
    system: System, comparison: Comparison, at_equal_length: Interval, threshold: float, confidence: float
) -> Check:
    """The check that a judged improvement is not just the taste for longer answers."""
    lower = comparison.better == "lower"
    outcome = above(at_equal_length.flipped() if lower else at_equal_length, threshold)
    wish = f"must be below {_points(-threshold)}" if lower else f"must exceed {_points(threshold)}"
    sentence = (
        f"{system.name}: {comparison.metric} {_points(at_equal_length.mean)} points against "
        f"{BASELINES[comparison.against]} at equal length of the answers ({_interval(at_equal_length, confidence)}; "
        f"{wish}): {outcome}."
    )
    if outcome != "passed":
        sentence += " What is preferred may be the length; a metric that is nobody's taste would tell."
    return Check(
        system.fingerprint,
        f"primary at equal length against {comparison.against}",
        comparison.metric,
        at_equal_length.mean,
        at_equal_length.low,
        at_equal_length.high,
        threshold,
        outcome,
        sentence,
    )


def check_guardrail(system: System, comparison: Comparison, drop: float, confidence: float) -> Check:
    """The check that a metric gets no worse by `drop`, and moves by less where neither way is better."""
    if comparison.better == "unchanged":
        outcomes = {above(comparison.difference, -drop), above(comparison.difference.flipped(), -drop)}
        outcome: Outcome = "failed" if "failed" in outcomes else "passed" if outcomes == {"passed"} else "undecided"
        wish = f"may not move by {drop * 100:.2f}"
    else:
        outcome = above(comparison.improvement, -drop)
        wish = f"may not {'rise' if comparison.better == 'lower' else 'drop'} by {drop * 100:.2f}"
    sentence = _difference(system, comparison, confidence, wish) + f": {outcome}."
    if outcome == "undecided":
        sentence += " " + what_would_decide(comparison, -drop, confidence)
    return _check(system, f"guardrail against {comparison.against}", comparison, -drop, outcome, sentence)


def holm_passing(family: Sequence[Comparison], threshold: float, alpha: float) -> set[str]:
    """The candidates whose improvement exceeds the threshold, by Holm's step-down method over all of them.

    A candidate is accepted when its lower bound at level α/k exceeds the threshold, k being the number not accepted
    yet. Where the threshold is 0 or more, the exact or permutation test must agree: bounds are approximate when few
    rows differ, the tests are not.

    Args:
        family: The comparisons of all candidates with one baseline on one metric.
        threshold: What the improvement must exceed.
        alpha: 1 minus the confidence.
    """
    waiting = list(family)
    passing: set[str] = set()
    while waiting:
        rank = len(waiting) - 1
        tested = [one for one in waiting if threshold < 0 or one.p_adjusted <= alpha]
        accepted = next((one for one in tested if one.corrected_lows[rank] > threshold), None)
        if accepted is None:
            break
        waiting.remove(accepted)
        passing.add(accepted.candidate)
    return passing


def _check(
    system: System, rule: str, comparison: Comparison, threshold: float, outcome: Outcome, sentence: str
) -> Check:
    difference = comparison.difference
    numbers = difference.mean, difference.low, difference.high
    return Check(system.fingerprint, rule, comparison.metric, *numbers, threshold, outcome, sentence)


def _difference(system: System, comparison: Comparison, confidence: float, wish: str) -> str:
    shown = comparison.difference
    return (
        f"{system.name}: {comparison.metric} {_points(shown.mean)} points against {BASELINES[comparison.against]} "
        f"({_interval(shown, confidence)}; {wish})"
    )


def _interval(interval: Interval, confidence: float) -> str:
    return f"{confidence:.0%} interval {_points(interval.low)} to {_points(interval.high)}"


def _points(value: float) -> str:
    # Adding 0.0 keeps minus zero out of the sentences.
    return f"{value * 100 + 0.0:+.2f}"
