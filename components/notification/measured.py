"""The few figures of an evaluation that a message has room for."""

from __future__ import annotations

import msgspec

from components.evaluation.evaluation import Evaluation, SystemResult
from components.evaluation.gate import Decision
from components.evaluation.statistics.interval import Interval
from components.monitoring.watch import Watch

NOW = "now"
"""What the figure of a watch itself is called, beside those that it is compared with."""


class Measured(msgspec.Struct, frozen=True):
    """One figure with its interval.

    Attributes:
        what: For people, such as `champion` or `candidate against champion`.
        metric: Name of the metric.
        value: The figure; a difference where two are compared.
        confidence: Level of the interval.
        difference: Whether it is one.
    """

    what: str
    metric: str
    value: Interval
    confidence: float
    difference: bool = False

    def sentence(self) -> str:
        """The figure in words: `champion 0.912 (0.871 to 0.943)`."""
        sign = "+" if self.difference else ""
        value = self.value
        return f"{self.what} {value.mean:{sign}.3f} ({value.low:{sign}.3f} to {value.high:{sign}.3f})"


def measured_in(evaluation: Evaluation, decision: Decision) -> list[Measured]:
    """What the gate decided by: the primary metric of base, champion and one candidate, and how they differ.

    The candidate is the winner, or else the first one.
    """
    metric = next((check.metric for check in decision.checks if check.metric), "")
    shown = evaluation.shown_candidate(decision.winner)
    if not metric or shown is None:
        return []
    systems = [*evaluation.in_role("base"), *evaluation.in_role("champion"), shown]
    values = [
        Measured(_who(one), metric, one.metrics[metric], evaluation.confidence)
        for one in systems
        if metric in one.metrics and (one.system.role != "base" or one == evaluation.base_of(shown.system))
    ]
    differences = [
        Measured(f"candidate against {one.against}", metric, one.difference, evaluation.confidence, difference=True)
        for one in evaluation.comparisons
        if one.metric == metric and one.candidate == shown.system.fingerprint
    ]
    return [*values, *differences]


def measured_by(watch: Watch) -> list[Measured]:
    """What a watch compares: the champion's metric now and earlier, and how they differ."""
    if watch.value is None:
        return []
    metric, confidence = watch.metric, watch.confidence
    found = [Measured(NOW, metric, watch.value, confidence)]
    for one in watch.changes:
        found.append(Measured(f"at {one.since}", metric, one.before, confidence))
        found.append(Measured("difference", metric, one.difference, confidence, difference=True))
    return found


def _who(result: SystemResult) -> str:
    return f"{result.system.role} {result.system.name}" if result.system.role == "candidate" else result.system.role
