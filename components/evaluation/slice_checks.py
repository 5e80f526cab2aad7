"""The gate's rules about slices."""

from __future__ import annotations

from collections.abc import Sequence

from components.errors import configuration_error
from components.evaluation.checks import BASELINES, Check, Outcome, above
from components.evaluation.evaluation import Baseline, Evaluation, System
from components.evaluation.gate_settings import GateSettings
from components.evaluation.slices import SliceResult, worst_first

NAMED = 3


def check_slices(system: System, against: Baseline, evaluation: Evaluation, settings: GateSettings) -> list[Check]:
    """The checks of the slices that the configuration names, and the one of all others.

    Raises:
        RetuneError: `GATE-SLICE`, a named slice is not in the test set, or has fewer than ten rows.
    """
    slices = {
        one.name: one for one in evaluation.slices if one.candidate == system.fingerprint and one.against == against
    }
    checks = [
        _named(system, _slice(slices, name), drop, evaluation.confidence)
        for name, drop in sorted(settings.max_slice_drops.items())
    ]
    if settings.max_slice_drop is not None and slices:
        checks.append(_any(system, list(slices.values()), settings.max_slice_drop, evaluation.confidence))
    return checks


def _slice(slices: dict[str, SliceResult], name: str) -> SliceResult:
    if name not in slices:
        raise configuration_error(
            "GATE-SLICE",
            f"the gate names the slice {name[:80]!r}, which the test set does not have with ten rows or more",
            f"name one of {', '.join(sorted(slices)[:40]) or 'none: there are no slices'}",
            "gate.max_slice_drops",
        )
    return slices[name]


def _named(system: System, one: SliceResult, drop: float, confidence: float) -> Check:
    outcome = above(one.improvement, -drop)
    word = "rise" if one.better == "lower" else "drop"
    sentence = (
        f"{system.name}: {one.metric} on the slice {_told(one, confidence)} against {BASELINES[one.against]}; "
        f"may not {word} by {drop * 100:.2f}: {outcome}."
    )
    if outcome == "undecided":
        sentence += f" {one.rows} rows of the slice are too few to tell."
    return _check(system, f"slice {one.name} against {one.against}", one, -drop, outcome, sentence)


def _any(system: System, slices: Sequence[SliceResult], drop: float, confidence: float) -> Check:
    """Fails when a drop of more than `drop` is shown on any slice, all of them looked at together."""
    ranked = worst_first(slices)
    worst = ranked[0]
    collapsed = [one for one in ranked if one.improvement_at_once.high < -drop]
    outcome: Outcome = "failed" if collapsed else "passed"
    shown = "; ".join(_told(one, confidence) for one in (collapsed or ranked)[:NAMED])
    against = BASELINES[worst.against]
    if collapsed:
        sentence = f"{system.name}: {worst.metric} collapses against {against} on {shown}: failed."
    else:
        sentence = (
            f"{system.name}: no slice of {len(slices)} is shown to get worse by more than {drop * 100:.2f} points of "
            f"{worst.metric} against {against}: passed. Worst: {shown}."
        )
    return _check(system, f"slices against {worst.against}", worst, -drop, outcome, sentence)


def _told(one: SliceResult, confidence: float) -> str:
    low, high = one.difference.low * 100, one.difference.high * 100
    return (
        f"{one.name} {one.difference.mean * 100 + 0.0:+.2f} points "
        f"({confidence:.0%} interval {low:+.2f} to {high:+.2f}, {one.rows} rows)"
    )


def _check(system: System, rule: str, one: SliceResult, threshold: float, outcome: Outcome, sentence: str) -> Check:
    difference = one.difference
    numbers = difference.mean, difference.low, difference.high
    return Check(system.fingerprint, rule, one.metric, *numbers, threshold, outcome, sentence)
