"""What all plots share: frame, look, and marks with intervals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

Spec = dict[str, Any]
Rows = Sequence[Mapping[str, Any]]

# Okabe and Ito's palette, which people with any colour vision can tell apart; `report.css` has it for day and night.
CANDIDATE_TONES = 6
ZERO_LINE = "var(--soft)"
FONT = "system-ui, sans-serif"
"""As the page's; by name, because texts are measured before they are drawn."""

_CONFIG: Spec = {
    "background": None,
    "font": FONT,
    "view": {"stroke": None},
    "axis": {
        "labelColor": "var(--ink)",
        "titleColor": "var(--soft)",
        "titleFontWeight": 500,
        "gridColor": "var(--line)",
        "domainColor": "var(--line)",
        "tickColor": "var(--line)",
        "labelFontSize": 12,
        "titleFontSize": 12,
    },
    "axisY": {"domain": False, "ticks": False, "labelPadding": 8},
    "axisX": {"tickCount": 5, "labelFlush": False, "labelOverlap": "greedy", "labelSeparation": 8},
}
HIDDEN = {"name": "hidden", "value": []}
"""The systems that the reader has switched off, by number; the page sets it."""
NOT_HIDDEN = {"filter": "indexof(hidden, datum.system) < 0"}


def specification(description: str, rows: Rows, **parts: Any) -> Spec:
    """A specification as wide as its place.

    Args:
        description: Read aloud in place of the plot.
        rows: Its data.
        parts: Marks, encodings, parameters and whatever else it has.
    """
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v6.json",
        "description": description,
        "width": "container",
        "autosize": {"type": "fit-x", "contains": "padding"},
        "data": {"values": list(rows)},
        "config": _CONFIG,
        **parts,
    }


def interval_plot(
    description: str, rows: Rows, axis: Spec, tooltip: Mapping[str, str], *, zero: bool = False, **parts: Any
) -> Spec:
    """Dots with intervals, one line per `label`, the systems of a line below each other.

    Args:
        description: Read aloud in place of the plot.
        rows: `label`, `system` (its number), `key`, `tone` (a colour), `mean`, `low`, `high`; for a second, wider
            interval `lowest` and `highest`; and the fields of the tooltip.
        axis: Title and format of the axis.
        tooltip: Titles by field.
        zero: Draw a line at 0.
        parts: Parameters and transforms besides hiding systems.
    """
    wide = any("lowest" in row for row in rows)
    systems = len({row["system"] for row in rows})
    position: Spec = {
        "y": {"field": "label", "type": "nominal", "sort": None, "title": None},
        "color": {"field": "tone", "type": "nominal", "scale": None},
        "tooltip": [{"field": field, "title": title, "type": "nominal"} for field, title in tooltip.items()],
    }
    if systems > 1:
        position["yOffset"] = {"field": "system", "type": "ordinal", "scale": {"paddingInner": 0.2}}
    x = {"type": "quantitative", "title": axis["title"], "axis": axis, "scale": {"zero": zero, "nice": True}}
    bars = [("low", "high", 3.5, 1.0)] + ([("lowest", "highest", 1.2, 0.8)] if wide else [])
    layer: list[Spec] = [
        {
            "mark": {"type": "rule", "strokeWidth": width, "strokeCap": "round", "opacity": opacity, "aria": False},
            "encoding": {"x": {"field": low, **x}, "x2": {"field": high}},
        }
        for low, high, width, opacity in bars
    ]
    layer.append(
        {
            "mark": {"type": "point", "filled": True, "size": 90, "opacity": 1},
            "encoding": {"x": {"field": "mean", **x}},
        }
    )
    found: Spec = {
        "params": [HIDDEN, *parts.pop("params", [])],
        "transform": [NOT_HIDDEN, *parts.pop("transform", [])],
        "height": {"step": 26} if systems == 1 else {"step": 15, "for": "offset"},
        "encoding": position,
        "layer": layer,
        **parts,
    }
    if zero:
        line = {
            "mark": {"type": "rule", "strokeWidth": 1, "strokeDash": [3, 3], "color": ZERO_LINE, "aria": False},
            "encoding": {"x": {"datum": 0, "type": "quantitative"}, "y": None, "yOffset": None, "color": None},
        }
        layer.insert(0, line)
    return specification(description, rows, **found)
