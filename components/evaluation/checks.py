"""One rule of the gate applied to one candidate, as an outcome and a sentence."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Literal

import msgspec

from components.evaluation.evaluation import Comparison, Evaluation, System

Outcome = Literal["passed", "failed", "undecided"]


class Check(msgspec.Struct, frozen=True):
    """One rule, applied.

    Attributes:
        candidate: Fingerprint of the candidate.
        rule: Short name of the rule.
        metric: Metric that the rule looks at; empty where it looks at none.
        value: Observed difference.
        low: Lower confidence bound of the difference.
        high: Upper confidence bound.
        threshold: What the lower bound must exceed.
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


def check_difference(
    system: System,
    comparison: Comparison,
    threshold: float,
    survives: bool,
    evaluation: Evaluation,
    *,
    guardrail: bool,
) -> Check:
    """The check of one comparison against a threshold.

    Args:
        system: The candidate.
        comparison: Candidate minus baseline.
        threshold: What the difference must exceed.
        survives: Whether the evidence suffices: the lower bound exceeds the threshold, after correction.
        evaluation: For its number of rows and confidence.
        guardrail: Whether the rule guards a metric rather than asks for an improvement.

    Returns:
        `passed` when the evidence suffices; `failed` when the upper bound is below the threshold; else `undecided`.
    """
    low, high = comparison.difference.low, comparison.difference.high
    outcome: Outcome = "passed" if survives else "failed" if high < threshold else "undecided"
    against = "the champion" if comparison.against == "champion" else "the base model"
    wish = f"may not drop by {-threshold * 100:.2f}" if guardrail else f"must exceed {threshold * 100:+.2f}"
    sentence = (
        f"{system.name}: {comparison.metric} {comparison.difference.mean * 100:+.2f} points against {against} "
        f"({evaluation.confidence:.0%} interval {low * 100:+.2f} to {high * 100:+.2f}; {wish}): {outcome}."
    )
    if outcome == "undecided":
        sentence += " " + _what_would_decide(comparison, threshold, evaluation.rows)
    rule = f"{'guardrail' if guardrail else 'primary'} against {comparison.against}"
    return Check(
        system.fingerprint, rule, comparison.metric, comparison.difference.mean, low, high, threshold, outcome, sentence
    )


def holm_passing(family: Sequence[Comparison], threshold: float, alpha: float) -> set[str]:
    """The candidates whose difference exceeds the threshold, by Holm's step-down method over all of them.

    A candidate is accepted when its lower bound at level α/k exceeds the threshold, k being the number not accepted
    yet. Where the threshold is 0 or more, the exact or permutation test must agree: bounds are approximate when few
    rows differ, the tests are not.

    Args:
        family: The comparisons of all candidates with one baseline on one metric.
        threshold: What the difference must exceed.
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


def _what_would_decide(comparison: Comparison, threshold: float, rows: int) -> str:
    """How large an effect this test set can show, and how many rows would show the observed one."""
    detectable = f"These {rows} rows show differences of {comparison.mde * 100:.2f} points (80% power)"
    distance = comparison.difference.mean - threshold
    if distance <= 0:
        return f"{detectable}; the observed difference is not above the threshold, so more rows alone are no remedy."
    needed = math.ceil(rows * (comparison.mde / distance) ** 2)
    if needed <= rows:
        return f"{detectable}; too few rows differ, or too many candidates were compared, for a firm answer."
    return f"{detectable}; about {_round_up(needed)} rows would settle a difference of this size."


def _round_up(rows: int) -> int:
    """The number with two leading digits, which is all that such an estimate is worth."""
    unit: int = 10 ** max(0, len(str(rows)) - 2)
    return -(-rows // unit) * unit
