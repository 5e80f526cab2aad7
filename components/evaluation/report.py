"""The evaluation report: one HTML page that needs nothing but itself."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, get_args

from components.evaluation.evaluation import Baseline, Comparison, Evaluation
from components.evaluation.plots.confusion import confusion_moves, confusion_plot, largest_moves
from components.evaluation.plots.money_and_time import break_even_plot, latency_plot
from components.evaluation.plots.scores import difference_plot, plotted_metrics, score_plot
from components.evaluation.plots.slices import slice_plot, worst_slices
from components.evaluation.plots.specification import Spec
from components.evaluation.plots.systems import ShownSystem, shown_systems
from components.evaluation.plots.tuning_curves import epoch_plot
from components.evaluation.report_data import ReportData
from components.page_plots import page_json, page_scripts
from components.report_page import page_environment

if TYPE_CHECKING:
    from markupsafe import Markup

HEADLINES = {
    "promote": "{winner} passes every rule of the gate.",
    "hold": "No candidate may replace what serves now.",
    "inconclusive": "The evidence does not suffice for a verdict.",
}
TABLED_SLICES = 15
_SIZE = "\0.\0 MB"
"""Stands for the page's size until that is known, and is as long; no text of the page can contain it."""


def render_report(data: ReportData) -> str:
    """The report as one HTML page: no request to anywhere, no script but its own, all content escaped."""
    from markupsafe import Markup

    evaluation, verdict = data.evaluation, data.verdict
    systems = shown_systems(evaluation.systems)
    keys = {one.result.system.fingerprint: one.key for one in systems}
    primary = [check.metric for check in verdict.checks if check.rule.startswith("primary")] if verdict else []
    shown = plotted_metrics(evaluation, primary)
    others = [metric for metric in _metrics(evaluation) if metric not in shown]
    comparisons = [(keys[one.candidate], one, _direction(one)) for one in evaluation.comparisons]
    page = (
        page_environment("components.evaluation")
        .get_template("report.html.j2")
        .render(
            data=data,
            evaluation=evaluation,
            verdict=verdict,
            headline=HEADLINES[verdict.verdict].format(winner=keys.get(verdict.winner or "")) if verdict else "",
            systems=systems,
            keys=keys,
            metrics=shown,
            other_metrics=others,
            primary=set(primary),
            comparisons=[one for one in comparisons if one[1].metric in shown],
            other_comparisons=[one for one in comparisons if one[1].metric not in shown],
            tuned=[(keys.get(one.candidate.fingerprint, ""), one) for one in data.tuned],
            labels=_label_table(data.dataset_facts.get("splits", {})),
            scripts=page_scripts(),
            size=Markup(_SIZE),  # noqa: S704 - a constant
            **_plots(data, systems, shown),
        )
    )
    return page.replace(_SIZE, f"{len(page.encode()) / 1e6:.1f} MB")


def _metrics(evaluation: Evaluation) -> list[str]:
    """All metrics, those that only compare among them."""
    measured = [metric for one in evaluation.systems for metric in one.metrics]
    return list(dict.fromkeys([*measured, *(one.metric for one in evaluation.comparisons)]))


def _plots(data: ReportData, systems: Sequence[ShownSystem], metrics: Sequence[str]) -> dict[str, Any]:
    """Everything of the page that has a plot, as far as there is anything to plot."""
    evaluation = data.evaluation
    first = data.examples.candidate if data.examples else ""
    differences = [(against, difference_plot(systems, evaluation, metrics, against)) for against in get_args(Baseline)]
    moves = confusion_moves(systems, evaluation, first)
    confusion, choices, cut = confusion_plot(moves) if moves else (None, [], [])
    slices, pairs, dimensions = slice_plot(systems, evaluation, first) if evaluation.slices else (None, [], [])
    return {
        "score_plot": _json(score_plot(systems, metrics, evaluation.confidence)),
        "difference_plots": [(against, _json(plot)) for against, plot in differences if plot],
        "confusion_plot": _json(confusion),
        "confusion_choices": choices,
        "confusion_cut": cut,
        "confusion_moves": largest_moves(moves) if moves else [],
        "slice_plot": _json(slices),
        "slice_pairs": pairs,
        "slice_dimensions": dimensions,
        "worst_slices": worst_slices(systems, evaluation, TABLED_SLICES),
        "latency_plot": _json(latency_plot(systems, data.latencies) if data.latencies else None),
        "break_even_plot": _json(break_even_plot(systems, data.break_even)),
        "curves": [
            [(measure, _json(epoch_plot(one.epochs, measure))) for measure in ("loss", "accuracy") if one.epochs]
            for one in data.tuned
        ],
        "example_slices": _example_slices(data),
    }


def _json(plot: Spec | None) -> Markup | None:
    return page_json(plot) if plot else None


def _example_slices(data: ReportData) -> dict[str, int]:
    """The slices that the shown examples belong to, by name, with the number that stands for each."""
    names = sorted({name for one in data.examples.examples for name in one.slices}) if data.examples else []
    return {name: number for number, name in enumerate(names)}


def _direction(comparison: Comparison) -> str:
    if comparison.better == "unchanged":
        return "open"
    if comparison.improvement.low > 0:
        return "better"
    return "worse" if comparison.improvement.high < 0 else "open"


def _label_table(splits: dict[str, Any]) -> list[tuple[str, list[int]]]:
    """Counts per split of the twenty most frequent labels."""
    counts = [dict(facts.get("labels") or {}) for facts in splits.values()]
    total = {label: sum(one.get(label, 0) for one in counts) for one in counts for label in one}
    ranked = sorted(total, key=lambda label: (-total[label], label))
    return [(label, [one.get(label, 0) for one in counts]) for label in ranked[:20]]
