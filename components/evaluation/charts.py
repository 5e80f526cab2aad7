"""Charts of the report as inline SVG: same numbers, same bytes."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Sequence
from typing import Any

from components.evaluation.evaluation import Evaluation
from components.evaluation.statistics import Interval
from components.gcp.tuning_metrics import EpochMetrics

# Okabe and Ito's palette, which people with any colour vision can tell apart.
BASE, CHAMPION, CANDIDATE = "#767676", "#D55E00", "#0072B2"
ROLE_COLOURS = {"base": BASE, "champion": CHAMPION, "candidate": CANDIDATE, "checkpoint": CANDIDATE}
TRAIN, VALIDATION = "#0072B2", "#D55E00"
# Stands for "the page's text colour", so that charts follow the page into dark mode.
INK = "#010203"

_STYLE: Any = {
    "svg.hashsalt": "retune",
    "svg.fonttype": "none",
    "font.family": "sans-serif",
    "font.size": 10,
    "text.parse_math": False,
    "text.color": INK,
    "axes.edgecolor": INK,
    "axes.labelcolor": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.linewidth": 0.6,
    "grid.color": INK,
    "grid.alpha": 0.14,
    "grid.linewidth": 0.6,
}


def epoch_chart(epochs: Sequence[EpochMetrics], measure: str, description: str) -> str:
    """Training and validation curve over the epochs.

    Args:
        epochs: What the service reported.
        measure: `loss` or `accuracy`.
        description: Read aloud in place of the chart.
    """

    def draw(axes: Any) -> None:
        for split, colour, marker in (("train", TRAIN, "o"), ("eval", VALIDATION, "s")):
            points = [(one.epoch, getattr(one, f"{split}_{measure}")) for one in epochs]
            known = [(epoch, value) for epoch, value in points if value is not None]
            if known:
                label = "training" if split == "train" else "validation"
                axes.plot(*zip(*known, strict=True), color=colour, marker=marker, ms=4, lw=1.6, label=label)
        axes.set_xticks([one.epoch for one in epochs][:: max(1, len(epochs) // 8)])
        axes.set_xlabel("epoch")
        axes.grid(axis="y")
        axes.legend(frameon=False, fontsize=9, handlelength=1.4, borderaxespad=0.2)

    return _svg(draw, width=3.5, height=2.3, description=description)


def interval_chart(keys: Sequence[str], evaluation: Evaluation, metric: str) -> str:
    """One dot with its interval per system, all systems below each other.

    Args:
        keys: Short name of every system, in the evaluation's order.
        evaluation: The evaluation.
        metric: Which metric.
    """
    intervals = [result.metrics[metric] for result in evaluation.systems]
    colours = [ROLE_COLOURS[result.system.role] for result in evaluation.systems]

    def draw(axes: Any) -> None:
        for row, (interval, colour) in enumerate(zip(intervals, colours, strict=True)):
            axes.plot(
                [interval.low, interval.high], [row, row], color=colour, lw=2.4, solid_capstyle="round", clip_on=False
            )
            axes.plot([interval.mean], [row], color=colour, marker="o", ms=7, clip_on=False)
        axes.set_yticks(range(len(keys)), keys)
        axes.set_ylim(len(keys) - 0.4, -0.6)
        axes.set_xlim(*_limits(intervals))
        axes.xaxis.set_major_formatter(lambda value, _: f"{value:.0%}")
        axes.locator_params(axis="x", nbins=5)
        axes.grid(axis="x")
        axes.tick_params(length=0)
        axes.spines["left"].set_visible(False)

    told = "; ".join(f"{key} {one.mean:.1%}" for key, one in zip(keys, intervals, strict=True))
    return _svg(draw, width=3.5, height=0.55 + 0.32 * len(keys), description=f"{metric}: {told}")


def _limits(intervals: Sequence[Interval]) -> tuple[float, float]:
    """The axis from the lowest to the highest bound with some air, at least ten points wide."""
    low, high = min(one.low for one in intervals), max(one.high for one in intervals)
    air = max(0.05, (high - low) * 0.1)
    return max(0.0, low - air), min(1.0, high + air)


def _svg(draw: Callable[[Any], None], *, width: float, height: float, description: str) -> str:
    """The drawing as an `<svg>` element that scales with its container, without the XML prologue."""
    import matplotlib
    from markupsafe import escape
    from matplotlib.figure import Figure

    with matplotlib.rc_context(_STYLE):
        figure = Figure(figsize=(width, height), layout="constrained")
        draw(figure.add_subplot())
        stream = io.StringIO()
        figure.savefig(stream, format="svg", transparent=True, metadata={"Date": None, "Creator": None})
    markup = stream.getvalue()
    markup = markup[markup.index("<svg") :]
    markup = re.sub(r"<metadata>.*?</metadata>", "", markup, flags=re.DOTALL).replace(INK, "currentColor")
    markup = re.sub(r"font-family: [^;\"]*; ?", "", markup)
    return markup.replace("<svg ", f'<svg role="img" aria-label="{escape(description)}" ', 1)
