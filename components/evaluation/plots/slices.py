"""Where candidates are better and where worse: every slice's difference with its interval."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from components.evaluation.evaluation import Evaluation
from components.evaluation.plots.specification import Spec, interval_plot
from components.evaluation.plots.systems import ShownSystem
from components.evaluation.slices import SliceResult, worst_first
from components.report_page import points

WORST = "the worst, of all dimensions"
SHOWN_WORST = 15
NAME_CHARACTERS = 200


def comparison_name(one: SliceResult, keys: dict[str, str]) -> str:
    """`Candidate 1 against base`."""
    return f"{keys[one.candidate]} against {one.against}"


def slice_plot(systems: Sequence[ShownSystem], evaluation: Evaluation, first: str) -> tuple[Spec, list[str], list[str]]:
    """The plot of the slices, and what the reader can choose: comparisons, and dimensions.

    Only slices with their uncertainty are there: those of too few rows for an interval were never compared.

    Args:
        systems: The systems.
        evaluation: The evaluation.
        first: Fingerprint of the candidate that is shown first.
    """
    shown = {one.result.system.fingerprint: one for one in systems}
    keys = {fingerprint: one.key for fingerprint, one in shown.items()}
    ordered = sorted(evaluation.slices, key=lambda one: one.candidate != first)
    pairs = list(dict.fromkeys(comparison_name(one, keys) for one in ordered))
    dimensions = list(dict.fromkeys(_dimension(one) for one in evaluation.slices))
    rows: list[dict[str, Any]] = []
    for pair in pairs:
        ranked = worst_first([one for one in evaluation.slices if comparison_name(one, keys) == pair])
        rows += [_row(one, rank, pair, shown[one.candidate]) for rank, one in enumerate(ranked)]
    tooltip = {
        "name": "slice",
        "count": "rows",
        "difference": "better by",
        "interval": f"{evaluation.confidence:.0%} interval",
        "at_once": "for all slices at once",
        "scores": "scores",
    }
    metric = evaluation.slices[0].metric
    spec = interval_plot(
        f"Difference on {metric} by slice, worst first. "
        + "; ".join(f"{row['name']} {row['difference']} points" for row in rows[:8]),
        rows,
        {"title": "points, right is better", "format": "+~f"},
        tooltip,
        zero=True,
        params=[{"name": "pair", "value": pairs[0]}, {"name": "dimension", "value": WORST}],
        transform=[
            {"filter": "datum.pair === pair"},
            {"filter": f"dimension === '{WORST}' ? datum.rank < {SHOWN_WORST} : datum.dimension === dimension"},
        ],
    )
    return spec, pairs, [WORST, *dimensions]


def worst_slices(systems: Sequence[ShownSystem], evaluation: Evaluation, limit: int) -> list[tuple[str, SliceResult]]:
    """The slices that are most surely worse, with whom they compare; of all comparisons together."""
    keys = {one.result.system.fingerprint: one.key for one in systems}
    return [(comparison_name(one, keys), one) for one in worst_first(evaluation.slices)[:limit]]


def _dimension(one: SliceResult) -> str:
    return one.name.partition("=")[0]


def _row(one: SliceResult, rank: int, pair: str, system: ShownSystem) -> dict[str, Any]:
    at_once = one.improvement_at_once
    name = one.name if len(one.name) <= NAME_CHARACTERS else one.name[: NAME_CHARACTERS - 1] + "…"
    return {
        "label": f"{name} ({one.rows:,})",
        "name": name,
        "pair": pair,
        "dimension": _dimension(one),
        "rank": rank,
        "system": system.number,
        "tone": system.colour,
        "mean": one.improvement.mean * 100,
        "low": one.improvement.low * 100,
        "high": one.improvement.high * 100,
        "lowest": at_once.low * 100,
        "highest": at_once.high * 100,
        "count": f"{one.rows:,}",
        "difference": points(one.improvement.mean),
        "interval": f"{points(one.improvement.low)} to {points(one.improvement.high)}",
        "at_once": f"{points(at_once.low)} to {points(at_once.high)}",
        "scores": f"{one.score:.1%} against {one.baseline_score:.1%}",
    }
