"""Which of the candidates that pass is promoted."""

from __future__ import annotations

import math
from collections.abc import Sequence

from components.evaluation.evaluation import Evaluation, SystemResult
from components.evaluation.gate_settings import GateSettings
from components.evaluation.statistics.interval import ROUNDING


def choose_winner(
    passed: Sequence[SystemResult], evaluation: Evaluation, settings: GateSettings
) -> tuple[SystemResult, list[str]]:
    """The candidate to promote, and a sentence where it is not simply the best one.

    The best on the primary metric wins; among those no further than `near_tie` below it, the cheapest per answer, then
    the better, then the earlier. A model of unknown price counts as the dearest.
    """
    gains = {one.system.fingerprint: _gain(one, evaluation, settings) for one in passed}
    best = max(passed, key=lambda one: gains[one.system.fingerprint])
    floor = gains[best.system.fingerprint] - settings.near_tie - ROUNDING
    near = [one for one in passed if gains[one.system.fingerprint] >= floor]
    winner = min(near, key=lambda one: (_cost(one), -gains[one.system.fingerprint]))
    if winner is best or math.isclose(gains[winner.system.fingerprint], gains[best.system.fingerprint]):
        return winner, []
    lost = (gains[best.system.fingerprint] - gains[winner.system.fingerprint]) * 100
    sentence = (
        f"{winner.system.name} is {lost:.2f} points of {settings.primary_metric} below {best.system.name}, a near tie "
        f"(up to {settings.near_tie * 100:.2f}), and cheaper: {_told(winner)} instead of {_told(best)}."
    )
    return winner, [sentence]


def _gain(one: SystemResult, evaluation: Evaluation, settings: GateSettings) -> float:
    """The primary metric, higher is better; for a preference how far the candidate is preferred."""
    against = "champion" if evaluation.in_role("champion") else "base"
    comparison = evaluation.comparison(one.system.fingerprint, against, settings.primary_metric)
    own = one.metrics.get(settings.primary_metric)
    if own is None:
        return comparison.difference.mean
    return -own.mean if comparison.better == "lower" else own.mean


def _cost(one: SystemResult) -> float:
    return math.inf if one.cost_per_1000_usd is None else one.cost_per_1000_usd.mean


def _told(one: SystemResult) -> str:
    cost = one.cost_per_1000_usd
    return "an unknown price" if cost is None else f"${cost.mean:,.4g} per 1,000 answers"
