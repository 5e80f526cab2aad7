"""Loss by epoch as the places of lines, dots and ticks in a chart."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

from local_vertex.calls import Json

WIDTH, HEIGHT = 440, 220
_LEFT, _RIGHT, _TOP, _BOTTOM = 48, 14, 14, 34
_MOST_TICKS = 10
_LARGEST, _SMALLEST_SCALE = 1e9, 1e-6
_SERIES = {"training": "/train_total_loss", "validation": "/eval_total_loss"}


@dataclass(frozen=True, slots=True)
class Line:
    """One curve.

    Attributes:
        label: `training` or `validation`.
        points: Places as SVG's `points`.
        dots: x and y of each epoch with what it says.
    """

    label: str
    points: str
    dots: list[tuple[float, float, str]]


@dataclass(frozen=True, slots=True)
class LossChart:
    """A chart of `WIDTH` by `HEIGHT` pixels.

    Attributes:
        lines: The curves.
        x_ticks: Place and epoch.
        y_ticks: Place and loss.
        summary: The first and last losses in words.
        lowest: Where validation loss was lowest, in words; nothing without validation data.
    """

    lines: list[Line]
    x_ticks: list[tuple[float, str]]
    y_ticks: list[tuple[float, str]]
    summary: str
    lowest: str


def loss_chart(epochs: list[Json]) -> LossChart | None:
    """The curves of training and validation; None when no epoch has a loss."""
    curves = {label: list(_curve(epochs, key)) for label, key in _SERIES.items()}
    values = [loss for curve in curves.values() for _, loss in curve]
    if not values:
        return None
    step = _step(max(_SMALLEST_SCALE, *values))
    top = math.ceil(max(values) / step) * step or step
    first, last = int(epochs[0]["epoch"]), int(epochs[-1]["epoch"])

    def x(epoch: float) -> float:
        return round(_LEFT + (WIDTH - _LEFT - _RIGHT) * ((epoch - first) / (last - first) if last > first else 0.5), 1)

    def y(loss: float) -> float:
        return round(_TOP + (HEIGHT - _TOP - _BOTTOM) * (1 - loss / top), 1)

    lines = [
        Line(
            label,
            " ".join(f"{x(epoch)},{y(loss)}" for epoch, loss in curve),
            [(x(epoch), y(loss), f"epoch {epoch:g}, {label} loss {loss:.3f}") for epoch, loss in curve],
        )
        for label, curve in curves.items()
        if curve
    ]
    stride = max(1, -(-(last - first + 1) // _MOST_TICKS))
    x_ticks = [(x(epoch), str(epoch)) for epoch in range(first, last + 1, stride)]
    y_ticks = [(y(step * number), f"{step * number:.3g}") for number in range(round(top / step) + 1)]
    parts = [f"{label} loss from {curve[0][1]:.3f} to {curve[-1][1]:.3f}" for label, curve in curves.items() if curve]
    lowest = min(curves["validation"], key=lambda point: point[1], default=None)
    best = f"lowest validation loss in epoch {lowest[0]:g}" if lowest else ""
    return LossChart(lines, x_ticks, y_ticks, f"{', '.join(parts)} in {len(epochs)} epochs", best)


def _curve(epochs: list[Json], key: str) -> Iterator[tuple[float, float]]:
    for one in epochs:
        epoch, loss = _number(one, "epoch"), _number(one, key)
        if epoch is not None and loss is not None and loss >= 0:
            yield epoch, loss


def _number(record: Json, key: str) -> float | None:
    value = record.get(key)
    return value if isinstance(value, int | float) and abs(value) < _LARGEST else None


def _step(highest: float) -> float:
    """A round distance between ticks, for four to eight of them."""
    raw = highest / 5
    magnitude = 10.0 ** math.floor(math.log10(raw))
    return next(factor * magnitude for factor in (1, 2, 5, 10) if factor * magnitude >= raw)
