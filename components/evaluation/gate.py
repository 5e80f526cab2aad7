"""The gate: turns an evaluation into `promote`, `hold` or `inconclusive`, with a sentence for every rule."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Literal

import msgspec

from components.errors import configuration_error
from components.evaluation.checks import Check, Outcome, check_difference, holm_passing
from components.evaluation.evaluation import Baseline, Evaluation, SystemResult
from components.evaluation.gate_settings import GateSettings

Verdict = Literal["promote", "hold", "inconclusive"]


class Decision(msgspec.Struct, frozen=True):
    """The verdict with its evidence.

    Attributes:
        verdict: `promote`, `hold` or `inconclusive`.
        winner: Fingerprint of the candidate to promote; None unless the verdict is `promote`.
        reasons: Sentences with numbers, the decisive ones first.
        checks: Every rule that was applied, per candidate.
    """

    verdict: Verdict
    winner: str | None
    reasons: list[str]
    checks: list[Check]


def decide(evaluation: Evaluation, settings: GateSettings) -> Decision:
    """The verdict on the candidates of an evaluation.

    A candidate passes when it passes every check. The passing candidate with the highest primary metric wins; among
    equals the cheaper, then the earlier. Nothing passes on missing answers or on a tie.

    Raises:
        RetuneError: `GATE-METRIC`, a rule names a metric that was not computed; `GATE-CONFIDENCE`, the evaluation's
            intervals have another level; `GATE-NAN`, a number of the evaluation is not finite.
    """
    _require_decidable(evaluation, settings)
    uncovered = _uncovered(evaluation, settings.min_coverage)
    if uncovered:
        return Decision("inconclusive", None, uncovered, [])

    candidates = evaluation.in_role("candidate")
    checks = {one.system.fingerprint: _check_candidate(one, evaluation, settings) for one in candidates}
    outcomes = {fingerprint: _overall(found) for fingerprint, found in checks.items()}
    everything = [check for found in checks.values() for check in found]
    passed = [one for one in candidates if outcomes[one.system.fingerprint] == "passed"]
    if passed:
        winner = min(passed, key=lambda one: _preference(one, settings.primary_metric))
        return Decision("promote", winner.system.fingerprint, _winning_reasons(winner, checks), everything)
    verdict: Verdict = "inconclusive" if "undecided" in outcomes.values() else "hold"
    decisive: Outcome = "undecided" if verdict == "inconclusive" else "failed"
    reasons = [check.sentence for check in everything if check.outcome == decisive]
    reasons += [check.sentence for check in everything if check.outcome not in (decisive, "passed")]
    return Decision(verdict, None, reasons, everything)


def _require_decidable(evaluation: Evaluation, settings: GateSettings) -> None:
    if not math.isclose(evaluation.confidence, settings.confidence):
        raise configuration_error(
            "GATE-CONFIDENCE",
            f"the evaluation has {evaluation.confidence:g} intervals, the gate asks for {settings.confidence:g}",
            "evaluate with the gate's confidence",
            "gate.confidence",
        )
    compared = {comparison.metric for comparison in evaluation.comparisons}
    for metric in (settings.primary_metric, *settings.max_guardrail_drops):
        if metric not in compared:
            raise configuration_error(
                "GATE-METRIC",
                f"the gate names the metric {metric!r}, which {evaluation.task_kind} answers do not have",
                f"use one of {', '.join(sorted(compared))}",
                "gate",
            )
    for value in _numbers(evaluation):
        if not math.isfinite(value):
            raise configuration_error(
                "GATE-NAN", "a number of the evaluation is not finite", "evaluate again", "evaluation"
            )


def _numbers(evaluation: Evaluation) -> list[float]:
    numbers: list[float] = []
    for result in evaluation.systems:
        numbers.append(result.coverage)
        numbers += [value for metric in result.metrics.values() for value in (metric.mean, metric.low, metric.high)]
    for one in evaluation.comparisons:
        numbers += [one.difference.mean, one.difference.low, one.difference.high, *one.corrected_lows]
        numbers += [one.p, one.p_adjusted, one.mde]
    return numbers


def _uncovered(evaluation: Evaluation, floor: float) -> list[str]:
    return [
        f"{result.system.name} ({result.system.role}) answered {result.coverage:.1%} of {evaluation.rows} rows, the "
        f"floor is {floor:.1%}: no verdict on missing answers."
        for result in evaluation.systems
        if result.coverage < floor and result.system.role != "checkpoint"
    ]


def _check_candidate(candidate: SystemResult, evaluation: Evaluation, settings: GateSettings) -> list[Check]:
    """All checks of one candidate; a model that serves already is not compared with itself."""
    champions = evaluation.in_role("champion")
    if champions and champions[0].system.model == candidate.system.model:
        return [Check.already_serving(candidate.system)]
    metric = settings.primary_metric
    thresholds: dict[Baseline, float] = {"base": settings.min_improvement_over_base}
    if champions:
        thresholds["champion"] = settings.champion.threshold
    checks = [_primary(candidate, against, metric, threshold, evaluation) for against, threshold in thresholds.items()]
    against: Baseline = "champion" if champions else "base"
    for guarded, drop in sorted(settings.max_guardrail_drops.items()):
        comparison = evaluation.comparison(candidate.system.fingerprint, against, guarded)
        survives = comparison.difference.low > -drop
        checks.append(check_difference(candidate.system, comparison, -drop, survives, evaluation, guardrail=True))
    return checks


def _primary(
    candidate: SystemResult, against: Baseline, metric: str, threshold: float, evaluation: Evaluation
) -> Check:
    family = [evaluation.comparison(one.system.fingerprint, against, metric) for one in evaluation.in_role("candidate")]
    survives = candidate.system.fingerprint in holm_passing(family, threshold, 1 - evaluation.confidence)
    comparison = evaluation.comparison(candidate.system.fingerprint, against, metric)
    return check_difference(candidate.system, comparison, threshold, survives, evaluation, guardrail=False)


def _overall(checks: Sequence[Check]) -> Outcome:
    outcomes = {check.outcome for check in checks}
    if "failed" in outcomes:
        return "failed"
    return "undecided" if "undecided" in outcomes else "passed"


def _preference(result: SystemResult, metric: str) -> tuple[float, float]:
    """Sort key: the higher metric first, among equals the cheaper; `min` keeps the earlier of equals."""
    cost = math.inf if result.cost_usd is None else result.cost_usd
    return -result.metrics[metric].mean, cost


def _winning_reasons(winner: SystemResult, checks: dict[str, list[Check]]) -> list[str]:
    own = checks[winner.system.fingerprint]
    others = [
        check
        for fingerprint, found in checks.items()
        if fingerprint != winner.system.fingerprint
        for check in found
        if check.outcome != "passed"
    ]
    return [check.sentence for check in (*own, *others)]
