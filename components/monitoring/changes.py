"""The champion now against itself at its release and at its first watch."""

from __future__ import annotations

from collections.abc import Iterator

from components.errors import configuration_error, service_error
from components.evaluation.comparisons import better_in
from components.evaluation.evaluation import Evaluation, SystemResult
from components.evaluation.gate_settings import GateSettings
from components.evaluation.metrics.catalogue import Better, better_of
from components.evaluation.settings import EvaluationSettings
from components.evaluation.statistics.independent import independent_difference
from components.evaluation.statistics.interval import Interval
from components.gcp.ledger import Champion
from components.monitoring.evaluate_champion import released_evaluation
from components.monitoring.history import History
from components.monitoring.watch import Change
from components.step import Step


def watched_value(evaluation: Evaluation, metric: str, gate: GateSettings) -> Interval:
    """The champion's metric, where its answers allow one.

    Raises:
        RetuneError: `WATCH-COVERAGE`, too many examples have no answer; `WATCH-METRIC`, there is no such figure of a
            model on its own.
    """
    (result,) = evaluation.in_role("champion")
    if result.coverage < gate.min_coverage:
        reasons = ", ".join(f"{reason} ({count})" for reason, count in result.failures.items())
        raise service_error(
            "WATCH-COVERAGE",
            f"the champion answered {result.coverage:.1%} of {evaluation.rows} fresh examples, less than "
            f"gate.min_coverage, {gate.min_coverage:.1%}: {reasons}",
            "look whether its endpoint answers (`retune status`), and watch again",
            result.system.model,
        )
    if metric not in result.metrics or better_of(metric) == "unchanged":
        raise configuration_error(
            "WATCH-METRIC",
            f"{metric} says nothing about one model on its own",
            f"set monitoring.metric to one of {', '.join(result.metrics)}",
            "monitoring.metric",
        )
    return result.metrics[metric]


def find_changes(
    step: Step,
    champion: Champion,
    value: Interval,
    metric: str,
    evaluation: Evaluation,
    paired: Evaluation | None,
    max_drop: float,
) -> list[Change]:
    """How the champion differs from its earlier self; empty where nothing is known of that.

    Two looks at the same examples are compared example by example, others as independent samples.

    Args:
        step: The running step.
        champion: What serves.
        value: Its metric now.
        metric: Which one.
        evaluation: Where the value is from.
        paired: The comparison with the release on the same examples; None where they are others.
        max_drop: The allowed drop.
    """
    better = better_in(metric, step.section("evaluation", EvaluationSettings))
    found = []
    released = released_evaluation(step, champion)
    if released and metric in released[1].metrics:
        since = f"its release {champion.release}"
        found.append(_since_release(since, released[1], champion, value, metric, paired, better, max_drop))
    found += _since_first_watch(step, champion, value, metric, evaluation.confidence, better, max_drop)
    return found


def _since_release(
    since: str,
    released: SystemResult,
    champion: Champion,
    value: Interval,
    metric: str,
    paired: Evaluation | None,
    better: Better,
    max_drop: float,
) -> Change:
    same = [one for one in paired.comparisons if one.metric == metric] if paired else []
    if same and paired:
        before, difference = paired.in_role("base")[0].metrics[metric], same[0].difference
    else:
        before = released.metrics[metric]
        difference = independent_difference(value, before)
    return Change(since, before, difference, bool(same), _is_worse(difference, better, max_drop))


def _since_first_watch(
    step: Step, champion: Champion, value: Interval, metric: str, confidence: float, better: Better, max_drop: float
) -> Iterator[Change]:
    first = History(step.storage, step.ledger).first_of(champion.release, metric, but=step.run_id)
    if first is None or first.value is None or first.confidence != confidence:
        return
    difference = independent_difference(value, first.value)
    since = f"its first watch on {first.watched_at[:10]}"
    yield Change(since, first.value, difference, False, _is_worse(difference, better, max_drop))


def _is_worse(difference: Interval, better: Better, max_drop: float) -> bool:
    """Whether the whole interval is beyond the allowed drop, as the gate reads intervals."""
    improvement = difference.flipped() if better == "lower" else difference
    return improvement.high < -max_drop
