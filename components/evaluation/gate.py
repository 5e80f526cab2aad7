"""The gate: turns an evaluation into `promote`, `hold` or `inconclusive`, with a sentence for every rule."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Literal

import msgspec

from components.errors import configuration_error
from components.evaluation.checks import (
    Check,
    Outcome,
    check_at_equal_length,
    check_guardrail,
    check_primary,
    holm_passing,
)
from components.evaluation.evaluation import Baseline, Comparison, Evaluation, SystemResult
from components.evaluation.gate_settings import GateSettings
from components.evaluation.limit_checks import check_evidence, check_limits
from components.evaluation.slice_checks import check_slices
from components.evaluation.statistics.interval import Interval
from components.evaluation.winner import choose_winner

Verdict = Literal["promote", "hold", "inconclusive"]


class Decision(msgspec.Struct, frozen=True):
    """The verdict with its evidence.

    Attributes:
        verdict: `promote`, `hold` or `inconclusive`.
        winner: Fingerprint of the candidate to promote; None unless the verdict is `promote`.
        reasons: Sentences with numbers, the decisive ones first.
        checks: Every rule that was applied, first those about the evidence, then those of each candidate.
    """

    verdict: Verdict
    winner: str | None
    reasons: list[str]
    checks: list[Check]


def decide(evaluation: Evaluation, settings: GateSettings) -> Decision:
    """The verdict on the candidates of an evaluation.

    A candidate passes when it passes every check. Of those that pass, the best wins, or the cheapest of those that are
    nearly as good. Nothing passes on missing answers or on a tie.

    Raises:
        RetuneError: `GATE-METRIC`, a rule names a metric that was not computed; `GATE-SLICE`, or a slice;
            `GATE-CONFIDENCE`, the evaluation's intervals have another level; `GATE-NAN`, a number of the evaluation
            is not finite.
    """
    _require_decidable(evaluation, settings)
    evidence = check_evidence(evaluation, settings)
    lacking = [check.sentence for check in evidence if check.outcome != "passed"]
    if lacking:
        return Decision("inconclusive", None, lacking, evidence)

    candidates = evaluation.in_role("candidate")
    checks = {one.system.fingerprint: _check_candidate(one, evaluation, settings) for one in candidates}
    outcomes = {fingerprint: _overall(found) for fingerprint, found in checks.items()}
    everything = [check for found in checks.values() for check in found]
    passed = [one for one in candidates if outcomes[one.system.fingerprint] == "passed"]
    if passed:
        winner, why = choose_winner(passed, evaluation, settings)
        reasons = why + _winning_reasons(winner, checks)
        return Decision("promote", winner.system.fingerprint, reasons, evidence + everything)
    verdict: Verdict = "inconclusive" if "undecided" in outcomes.values() else "hold"
    decisive: Outcome = "undecided" if verdict == "inconclusive" else "failed"
    reasons = [check.sentence for check in everything if check.outcome == decisive]
    reasons += [check.sentence for check in everything if check.outcome not in (decisive, "passed")]
    return Decision(verdict, None, reasons, evidence + everything)


def _require_decidable(evaluation: Evaluation, settings: GateSettings) -> None:
    if not math.isclose(evaluation.confidence, settings.confidence):
        raise configuration_error(
            "GATE-CONFIDENCE",
            f"the evaluation has {evaluation.confidence:g} intervals, the gate asks for {settings.confidence:g}",
            "evaluate with the gate's confidence",
            "gate.confidence",
        )
    compared = {comparison.metric for comparison in evaluation.comparisons}
    waiting = {one.name for one in evaluation.ratings if not one.complete}
    for metric in (settings.primary_metric, *settings.max_guardrail_drops):
        if metric not in compared | waiting:
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


def _numbers(evaluation: Evaluation) -> Iterator[float]:
    intervals: list[Interval | None] = []
    for result in evaluation.systems:
        yield result.coverage
        intervals += [*result.metrics.values(), result.error_rate, result.latency_p95, result.cost_per_1000_usd]
    for one in evaluation.comparisons:
        yield from (*one.corrected_lows, one.p, one.p_adjusted, one.mde)
        intervals += [one.difference, one.win_rate, one.at_equal_length]
    for part in evaluation.slices:
        intervals += [part.difference, part.at_once]
    for interval in intervals:
        if interval is not None:
            yield from (interval.mean, interval.low, interval.high)


def _check_candidate(candidate: SystemResult, evaluation: Evaluation, settings: GateSettings) -> list[Check]:
    """All checks of one candidate; a model that serves already is not compared with itself."""
    champions = evaluation.in_role("champion")
    system = candidate.system
    if champions and champions[0].system.model == system.model:
        return [Check.already_serving(system)]
    thresholds: dict[Baseline, float] = {"base": settings.min_improvement_over_base}
    if champions:
        thresholds["champion"] = settings.champion.threshold
    checks: list[Check] = []
    for against, threshold in thresholds.items():
        checks += _primary(candidate, against, threshold, evaluation, settings)
    guarded_against: Baseline = "champion" if champions else "base"
    for metric, drop in sorted(settings.max_guardrail_drops.items()):
        comparison = _comparison(candidate, guarded_against, metric, evaluation)
        checks.append(check_guardrail(system, comparison, drop, evaluation.confidence))
    checks += check_slices(system, guarded_against, evaluation, settings)
    return checks + check_limits(candidate, settings, evaluation.confidence)


def _primary(
    candidate: SystemResult, against: Baseline, threshold: float, evaluation: Evaluation, settings: GateSettings
) -> list[Check]:
    metric = settings.primary_metric
    comparison = _comparison(candidate, against, metric, evaluation)
    family = [one for one in evaluation.comparisons if (one.against, one.metric) == (against, metric)]
    survives = candidate.system.fingerprint in holm_passing(family, threshold, 1 - evaluation.confidence)
    checks = [check_primary(candidate.system, comparison, threshold, survives, evaluation.confidence)]
    equal = comparison.at_equal_length
    if equal is not None and settings.length_control:
        checks.append(check_at_equal_length(candidate.system, comparison, equal, threshold, evaluation.confidence))
    return checks


def _comparison(candidate: SystemResult, against: Baseline, metric: str, evaluation: Evaluation) -> Comparison:
    """The comparison of a candidate; a judge may have compared only others.

    Raises:
        RetuneError: `GATE-METRIC`.
    """
    for one in evaluation.comparisons:
        if (one.candidate, one.against, one.metric) == (candidate.system.fingerprint, against, metric):
            return one
    raise configuration_error(
        "GATE-METRIC",
        f"{candidate.system.name} was not compared with the {against} on {metric}",
        "judge or rate every candidate against base and champion",
        "gate",
    )


def _overall(checks: Sequence[Check]) -> Outcome:
    outcomes = {check.outcome for check in checks}
    if "failed" in outcomes:
        return "failed"
    return "undecided" if "undecided" in outcomes else "passed"


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
