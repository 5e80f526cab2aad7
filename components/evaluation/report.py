"""The evaluation report: one HTML page that needs nothing but itself."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from components.evaluation.charts import epoch_chart, interval_chart
from components.evaluation.disagreements import Disagreement
from components.evaluation.evaluation import Comparison, Evaluation, SystemResult
from components.evaluation.gate import Decision
from components.evaluation.metrics.catalogue import better_of
from components.report_page import page_environment
from components.supervised_tuning.tuned_model import TunedModel

if TYPE_CHECKING:
    from markupsafe import Markup

HEADLINES = {
    "promote": "{winner} passes every rule of the gate.",
    "hold": "No candidate may replace what serves now.",
    "inconclusive": "The evidence does not suffice for a verdict.",
}


@dataclass(frozen=True)
class CostLine:
    """One line of the bill.

    Attributes:
        label: What was paid for.
        usd: List price in US dollars; None when unknown.
        note: How it was reckoned.
    """

    label: str
    usd: float | None
    note: str = ""


@dataclass(frozen=True)
class ReportData:
    """Everything that the report shows.

    Attributes:
        run_id: The run's identifier.
        name: The configuration's name for what is tuned.
        verdict: The gate's decision.
        evaluation: The evaluation it was made on.
        tuned: The candidates' tuned models.
        dataset_facts: The validator's facts: `splits` (facts by split, `labels` counted by label) and `findings`
            (count by code); other keys are not shown.
        disagreements: Examples where candidate and base model differ.
        costs: Lines of the bill.
    """

    run_id: str
    name: str
    verdict: Decision
    evaluation: Evaluation
    tuned: list[TunedModel]
    dataset_facts: dict[str, Any] = field(default_factory=dict)
    disagreements: list[Disagreement] = field(default_factory=list)
    costs: list[CostLine] = field(default_factory=list)


def render_report(data: ReportData) -> str:
    """The report as one HTML page: no script, no request to anywhere, all content escaped."""
    evaluation = data.evaluation
    keys = _system_keys(evaluation.systems)
    fingerprint_keys = {result.system.fingerprint: key for key, result in zip(keys, evaluation.systems, strict=True)}
    return (
        page_environment("components.evaluation")
        .get_template("report.html.j2")
        .render(
            data=data,
            evaluation=evaluation,
            headline=HEADLINES[data.verdict.verdict].format(winner=fingerprint_keys.get(data.verdict.winner or "")),
            systems=list(zip(keys, evaluation.systems, strict=True)),
            metrics=list(evaluation.systems[0].metrics),
            primary={check.metric for check in data.verdict.checks if check.rule.startswith("primary")},
            metric_charts=[
                (metric, _markup(interval_chart(keys, evaluation, metric))) for metric in _charted(evaluation)
            ],
            comparisons=[(fingerprint_keys[one.candidate], one, _direction(one)) for one in evaluation.comparisons],
            tuned=[(fingerprint_keys.get(one.candidate.fingerprint, ""), one, _curves(one)) for one in data.tuned],
            labels=_label_table(data.dataset_facts.get("splits", {})),
        )
    )


def _system_keys(systems: list[SystemResult]) -> list[str]:
    """`Base`, `Champion`, `Candidate 1`, `Candidate 2` and so on: names that fit beside a chart."""
    numbers = itertools.count(1)
    return [
        f"Candidate {next(numbers)}" if one.system.role == "candidate" else one.system.role.capitalize()
        for one in systems
    ]


def _charted(evaluation: Evaluation) -> list[str]:
    """The metrics worth a chart: how good whole answers are; single fields, and what is no merit, stay in the table."""
    metrics = evaluation.systems[0].metrics
    return [metric for metric in metrics if ":" not in metric and better_of(metric) == "higher"]


def _curves(tuned: TunedModel) -> list[tuple[str, Markup]]:
    if not tuned.epochs:
        return []
    return [
        (measure.capitalize(), _markup(epoch_chart(tuned.epochs, measure, f"{measure} by epoch")))
        for measure in ("loss", "accuracy")
    ]


def _direction(comparison: Comparison) -> str:
    if comparison.difference.low > 0:
        return "better"
    return "worse" if comparison.difference.high < 0 else "open"


def _label_table(splits: dict[str, Any]) -> list[tuple[str, list[int]]]:
    """Counts per split of the twenty most frequent labels."""
    counts = [dict(facts.get("labels") or {}) for facts in splits.values()]
    total = {label: sum(one.get(label, 0) for one in counts) for one in counts for label in one}
    ranked = sorted(total, key=lambda label: (-total[label], label))
    return [(label, [one.get(label, 0) for one in counts]) for label in ranked[:20]]


def _markup(svg: str) -> Markup:
    from markupsafe import Markup

    return Markup(svg)  # noqa: S704 - drawn by charts.py, which escapes what it is given
