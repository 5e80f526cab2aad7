"""The gate's rules that compare with no other model: rows, coverage, errors, latency and cost."""

from __future__ import annotations

from components.evaluation.checks import Check, Outcome, above
from components.evaluation.evaluation import Evaluation, SystemResult
from components.evaluation.gate_settings import GateSettings
from components.evaluation.rating.report import RatingReport
from components.evaluation.rating.settings import RATING_METRIC
from components.evaluation.statistics.interval import Interval

COVERAGE_RULE, RATINGS_RULE = "coverage", "ratings"
GATHERED_RULES = frozenset({COVERAGE_RULE, RATINGS_RULE})
"""Rules about what is gathered bit by bit: what a run lacks the next one may have."""


def check_evidence(evaluation: Evaluation, settings: GateSettings) -> list[Check]:
    """The checks without which there is no verdict: enough rows, an answer of every model to nearly all, and ratings.

    Ratings are asked for where a rule of the gate is about them.
    """
    enough = evaluation.rows >= settings.min_rows
    sentence = f"The test set has {evaluation.rows} rows, at least {settings.min_rows} are needed: "
    sentence += "passed." if enough else f"undecided. {settings.min_rows - evaluation.rows} more rows are needed."
    checks = [_rule("", "rows", evaluation.rows, settings.min_rows, enough, sentence)]
    for result in (one for one in evaluation.systems if one.system.role != "checkpoint"):
        covered = result.coverage >= settings.min_coverage
        sentence = (
            f"{result.system.name} ({result.system.role}) answered {result.coverage:.1%} of {evaluation.rows} rows, "
            f"the floor is {settings.min_coverage:.1%}: " + ("passed." if covered else "no verdict on missing answers.")
        )
        fingerprint = result.system.fingerprint
        checks.append(_rule(fingerprint, COVERAGE_RULE, result.coverage, settings.min_coverage, covered, sentence))
    asked = {settings.primary_metric, *settings.max_guardrail_drops}
    return checks + [_check_ratings(one) for one in evaluation.ratings if one.name in asked]


def _check_ratings(ratings: RatingReport) -> Check:
    name = ratings.name.removeprefix(RATING_METRIC)
    sentence = f"People have rated {ratings.rated} of {ratings.pairs} pairs of answers for {ratings.name}: "
    sentence += (
        "passed."
        if ratings.complete
        else f"undecided. Write the page with `retune review RUN --name {name}`, have it rated, and import what raters "
        f"save with `retune review RUN --import FILE`."
    )
    return _rule("", RATINGS_RULE, ratings.rated, ratings.pairs, ratings.complete, sentence)


def check_limits(candidate: SystemResult, settings: GateSettings, confidence: float) -> list[Check]:
    """The checks of a candidate's error rate, latency and cost, as far as there are limits."""
    checks = []
    if settings.max_error_rate is not None:
        error_rate = candidate.error_rate
        told = f"{error_rate.mean:.2%} of the calls failed"
        bounds = f"{error_rate.low:.2%} to {error_rate.high:.2%}; at most {settings.max_error_rate:.2%}"
        checks.append(_limit(candidate, "error rate", error_rate, settings.max_error_rate, told, bounds, confidence))
    limit = settings.max_latency_p95_ms
    if limit is not None and candidate.latency_p95 is not None:
        latency = candidate.latency_p95
        told = f"95% of the answers came within {latency.mean:,.0f} ms"
        bounds = f"{latency.low:,.0f} to {latency.high:,.0f} ms; at most {limit:,.0f} ms"
        checks.append(_limit(candidate, "latency p95", latency, limit, told, bounds, confidence))
    if settings.max_cost_per_1000_usd is not None:
        checks.append(_check_cost(candidate, settings.max_cost_per_1000_usd, confidence))
    return checks


def _check_cost(candidate: SystemResult, limit: float, confidence: float) -> Check:
    cost = candidate.cost_per_1000_usd
    if cost is None:
        sentence = (
            f"{candidate.system.name}: the cost per 1,000 answers is unknown, at most ${limit:,.4g} is allowed: "
            "undecided. Give the model's prices under base_models."
        )
        name = candidate.system.fingerprint
        return Check(name, "cost per 1,000 answers", "", 0.0, 0.0, 0.0, limit, "undecided", sentence)
    told = f"1,000 answers cost ${cost.mean:,.4g} at list price"
    bounds = f"${cost.low:,.4g} to ${cost.high:,.4g}; at most ${limit:,.4g}"
    return _limit(candidate, "cost per 1,000 answers", cost, limit, told, bounds, confidence)


def _limit(
    candidate: SystemResult, rule: str, value: Interval, limit: float, told: str, bounds: str, confidence: float
) -> Check:
    """Passed when the whole interval is at most the limit."""
    outcome: Outcome = "passed" if value.high <= limit else above(value.flipped(), -limit)
    sentence = f"{candidate.system.name}: {told} ({confidence:.0%} interval {bounds}): {outcome}."
    if outcome == "undecided":
        sentence += " More rows would narrow the interval."
    return Check(candidate.system.fingerprint, rule, "", value.mean, value.low, value.high, limit, outcome, sentence)


def _rule(candidate: str, rule: str, value: float, threshold: float, passed: bool, sentence: str) -> Check:
    return Check(candidate, rule, "", value, value, value, threshold, "passed" if passed else "undecided", sentence)
