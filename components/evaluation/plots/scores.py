"""Scores of all systems, and the differences of the candidates, with their intervals."""

from __future__ import annotations

from collections.abc import Sequence

from components.evaluation.evaluation import Baseline, Evaluation
from components.evaluation.metrics.catalogue import better_of
from components.evaluation.plots.specification import Spec, interval_plot
from components.evaluation.plots.systems import ShownSystem
from components.report_page import points

PER_FIELD = ("field:", "macro_f1:", "weighted_f1:")


def plotted_metrics(evaluation: Evaluation, primary: Sequence[str] = ()) -> list[str]:
    """The metrics worth a plot: how good whole answers are; single fields, and what is no merit, stay in the table."""
    known = [metric for one in evaluation.systems for metric in one.metrics]
    known += [one.metric for one in evaluation.comparisons]
    worth = [one for one in known if not one.startswith(PER_FIELD) and better_of(one) == "higher"]
    return list(dict.fromkeys([*(one for one in primary if one in known), *worth]))


def score_plot(systems: Sequence[ShownSystem], metrics: Sequence[str], confidence: float) -> Spec:
    """Every system's score with its interval, by metric."""
    rows = [
        {
            "label": metric,
            "system": one.number,
            "key": one.key,
            "tone": one.colour,
            "mean": interval.mean,
            "low": interval.low,
            "high": interval.high,
            "score": f"{interval.mean:.1%}",
            "interval": f"{interval.low:.1%} to {interval.high:.1%}",
        }
        for metric in metrics
        for one in systems
        if (interval := one.result.metrics.get(metric))
    ]
    tooltip = {"label": "metric", "key": "model", "score": "score", "interval": f"{confidence:.0%} interval"}
    told = "; ".join(f"{row['label']} {row['key']} {row['score']}" for row in rows[:12])
    axis = {"title": "score, higher is better", "format": ".0%"}
    return interval_plot(f"Scores with {confidence:.0%} intervals. {told}", rows, axis, tooltip)


def difference_plot(
    systems: Sequence[ShownSystem], evaluation: Evaluation, metrics: Sequence[str], against: Baseline
) -> Spec | None:
    """Every candidate's improvement over one baseline with its interval, by metric; None when there is none."""
    by_fingerprint = {one.result.system.fingerprint: one for one in systems}
    rows = [
        {
            "label": found.metric,
            "system": one.number,
            "key": one.key,
            "tone": one.colour,
            "mean": improvement.mean * 100,
            "low": improvement.low * 100,
            "high": improvement.high * 100,
            "difference": points(improvement.mean),
            "interval": f"{points(improvement.low)} to {points(improvement.high)}",
            "won": f"{found.wins:,} won, {found.losses:,} lost, {found.ties:,} tied",
            "detectable": f"{found.mde * 100:.1f} points",
        }
        for metric in metrics
        for found in evaluation.comparisons
        if (found.against, found.metric) == (against, metric)
        for one, improvement in [(by_fingerprint[found.candidate], found.improvement)]
    ]
    if not rows:
        return None
    tooltip = {
        "label": "metric",
        "key": "model",
        "difference": "better by",
        "interval": f"{evaluation.confidence:.0%} interval",
        "won": "rows",
        "detectable": "smallest detectable",
    }
    told = "; ".join(f"{row['label']} {row['key']} {row['difference']} points" for row in rows[:12])
    axis = {"title": "points, right is better", "format": "+~f"}
    return interval_plot(f"Improvement over the {against}. {told}", rows, axis, tooltip, zero=True)
