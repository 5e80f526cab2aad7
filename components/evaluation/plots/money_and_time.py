"""Latency, and when tuning is paid back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from components.evaluation.break_even import BreakEven
from components.evaluation.latency import SHARES, Latencies
from components.evaluation.plots.specification import HIDDEN, NOT_HIDDEN, Spec, specification
from components.evaluation.plots.systems import ShownSystem

STEPS = 60
LONGEST_TOKENS = 2000.0
"""How far the plot reaches at least."""
POWERS = [10**power for power in range(13)]


def latency_plot(systems: Sequence[ShownSystem], latencies: Sequence[Latencies]) -> Spec | None:
    """Which share of the answers was there after how long; None when no latency is known."""
    rows = [
        {
            "system": one.number,
            "key": one.key,
            "tone": one.colour,
            "ms": max(value, 0.1),
            "share": share / 100,
            "told": f"{share}% of {known.answers:,} answers within {value:,.0f} ms",
        }
        for one, known in zip(systems, latencies, strict=True)
        for share, value in zip(SHARES, known.milliseconds, strict=False)
    ]
    if not rows:
        return None
    medians = [
        f"{one.key} {known.milliseconds[49]:,.0f} ms"
        for one, known in zip(systems, latencies, strict=True)
        if known.milliseconds
    ]
    lines = _lines("ms", "share", "key", [("key", "model"), ("told", "latency")])
    return specification(
        f"Distribution of latencies. Medians: {'; '.join(medians)}",
        rows,
        params=[HIDDEN],
        transform=[NOT_HIDDEN],
        height=220,
        encoding={
            "x": {
                "field": "ms",
                "type": "quantitative",
                "scale": {"type": "log", "nice": False},
                "axis": {"title": "milliseconds (logarithmic)", "format": "~s"},
            },
            "y": {
                "field": "share",
                "type": "quantitative",
                "scale": {"domain": [0, 1]},
                "axis": {"title": "share of answers", "format": ".0%", "values": [0, 0.25, 0.5, 0.75, 0.95]},
            },
            "color": {"field": "tone", "type": "nominal", "scale": None},
        },
        layer=lines,
    )


def break_even_plot(systems: Sequence[ShownSystem], found: Sequence[BreakEven]) -> Spec | None:
    """After how many answers training is paid back, by the length that tuning takes out of the prompt."""
    shown = {one.result.system.fingerprint: one for one in systems}
    rows: list[dict[str, Any]] = []
    for one in found:
        if one.unknown or one.candidate not in shown:
            continue
        system = shown[one.candidate]
        longest = max([LONGEST_TOKENS, 2 * one.equal_at(), *(tokens for _, tokens in one.prompts()[:4])])
        for step in range(STEPS + 1):
            extra = longest * step / STEPS
            answers = one.answers_until_paid(extra)
            if answers:
                rows.append(
                    {
                        "system": system.number,
                        "key": system.key,
                        "tone": system.colour,
                        "extra": extra,
                        "answers": answers,
                        "told": f"{extra:,.0f} tokens longer: paid back after {answers:,} answers",
                    }
                )
    if not rows:
        return None
    return specification(
        "Answers until training is paid back, by how much longer the prompt of the base model is.",
        rows,
        params=[HIDDEN],
        transform=[NOT_HIDDEN],
        height=220,
        encoding={
            "x": {
                "field": "extra",
                "type": "quantitative",
                "axis": {"title": "tokens that the base model's prompt is longer", "format": ",d"},
            },
            "y": {
                "field": "answers",
                "type": "quantitative",
                "scale": {"type": "log"},
                "axis": {"title": "answers until paid back", "format": "~s", "values": POWERS},
            },
            "color": {"field": "tone", "type": "nominal", "scale": None},
        },
        layer=_lines("extra", "answers", "key", [("key", "model"), ("told", "training")]),
    )


def _lines(x: str, y: str, by: str, tooltip: Sequence[tuple[str, str]]) -> list[Spec]:
    """A line per system, and its point that is nearest to the pointer."""
    nearest = {
        "name": "nearest",
        "select": {"type": "point", "on": "pointerover", "nearest": True, "clear": "pointerout"},
    }
    return [
        {
            "mark": {"type": "line", "strokeWidth": 2, "interpolate": "monotone"},
            "encoding": {"detail": {"field": by, "type": "nominal"}, "order": {"field": x if y == "answers" else y}},
        },
        {
            "params": [nearest],
            "mark": {"type": "point", "filled": True, "size": 70, "aria": False},
            "encoding": {
                "opacity": {"condition": {"param": "nearest", "empty": False, "value": 1}, "value": 0},
                "tooltip": [{"field": field, "title": title, "type": "nominal"} for field, title in tooltip],
            },
        },
    ]
