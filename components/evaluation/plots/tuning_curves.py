"""Loss and accuracy over the epochs."""

from __future__ import annotations

from collections.abc import Sequence

from components.evaluation.plots.specification import Spec, specification
from components.gcp.tuning_metrics import EpochMetrics

SPLITS = {"train": ("training", "var(--candidate-1)"), "eval": ("validation", "var(--champion)")}


def epoch_plot(epochs: Sequence[EpochMetrics], measure: str) -> Spec:
    """Training and validation curve.

    Args:
        epochs: What the service reported.
        measure: `loss` or `accuracy`.
    """
    rows = [
        {"epoch": one.epoch, "value": value, "split": name, "tone": colour, "told": f"{value:.4g}"}
        for split, (name, colour) in SPLITS.items()
        for one in epochs
        if (value := getattr(one, f"{split}_{measure}")) is not None
    ]
    told = "; ".join(f"epoch {row['epoch']} {row['split']} {row['told']}" for row in rows[:12])
    return specification(
        f"{measure} by epoch. {told}",
        rows,
        height=170,
        mark={"type": "line", "point": {"filled": True, "size": 55}, "strokeWidth": 2},
        encoding={
            "x": {
                "field": "epoch",
                "type": "quantitative",
                "scale": {"nice": False, "zero": False},
                "axis": {"title": "epoch", "format": "d", "tickMinStep": 1},
            },
            "y": {"field": "value", "type": "quantitative", "scale": {"zero": False}, "title": measure},
            "color": {"field": "tone", "type": "nominal", "scale": None},
            "detail": {"field": "split", "type": "nominal"},
            "tooltip": [
                {"field": "split", "title": "curve", "type": "nominal"},
                {"field": "epoch", "title": "epoch", "type": "quantitative"},
                {"field": "told", "title": measure, "type": "nominal"},
            ],
        },
    )
