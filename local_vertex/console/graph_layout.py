"""Where the tasks of a run are drawn: rows from top to bottom, groups as frames around their tasks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from graphlib import TopologicalSorter

from local_vertex.console.task_tree import Node

TASK_WIDTH, TASK_HEIGHT = 188, 48
_GAP_X, _GAP_Y = 18, 30
_PADDING, _TITLE, _NOTE = 14, 18, 16
_NAME_CHARACTER, _NOTE_CHARACTER = 8.4, 6.9
_ARROW_HEAD = 5


@dataclass(frozen=True, slots=True)
class Box:
    """A task or a frame, with the place of its upper left corner in pixels.

    Attributes:
        node: What is drawn.
        x: From the left.
        y: From the top.
        width: In pixels.
        height: In pixels.
    """

    node: Node
    x: float
    y: float
    width: float
    height: float

    @property
    def name_room(self) -> int:
        """How many characters of a name fit beside each other; names are bold."""
        return int((self.width - 2 * _PADDING) / _NAME_CHARACTER)

    @property
    def note_room(self) -> int:
        """How many characters of a note do."""
        return int((self.width - 2 * _PADDING) / _NOTE_CHARACTER)


@dataclass(frozen=True, slots=True)
class Arrow:
    """From the lower edge of a box to the upper edge of another, in pixels."""

    x1: float
    y1: float
    x2: float
    y2: float

    @property
    def path(self) -> str:
        """The curve as SVG path data; it ends where the head of the arrow begins."""
        half = (self.y2 - self.y1) / 2
        bends = f"{self.x1:.1f} {self.y1 + half:.1f} {self.x2:.1f} {self.y2 - half:.1f}"
        return f"M{self.x1:.1f} {self.y1:.1f}C{bends} {self.x2:.1f} {self.y2 - _ARROW_HEAD:.1f}"


@dataclass(slots=True)
class Drawing:
    """A DAG on paper.

    Attributes:
        width: In pixels.
        height: In pixels.
        boxes: Tasks and frames; a frame comes before what is in it.
        arrows: What comes before what.
    """

    width: float = 0
    height: float = 0
    boxes: list[Box] = field(default_factory=list)
    arrows: list[Arrow] = field(default_factory=list)


def draw(nodes: Sequence[Node]) -> Drawing:
    """The DAG with everything in it; its upper left corner is at 0, 0."""
    inner = {node.name: draw(node.inner) for node in nodes if node.inner}
    sizes = {node.name: _size(node, inner.get(node.name)) for node in nodes}
    direct = _direct(nodes)
    drawing = Drawing()
    places: dict[str, Box] = {}
    rows = _rows(nodes, direct)
    drawing.width = max(sum(sizes[node.name][0] for node in row) + _GAP_X * (len(row) - 1) for row in rows)
    for row in rows:
        x = (drawing.width - sum(sizes[node.name][0] for node in row) - _GAP_X * (len(row) - 1)) / 2
        for node in row:
            box = places[node.name] = Box(node, x, drawing.height, *sizes[node.name])
            drawing.boxes.append(box)
            _add(drawing, inner.get(node.name), box)
            x += box.width + _GAP_X
        drawing.height += max(sizes[node.name][1] for node in row) + _GAP_Y
    drawing.height -= _GAP_Y
    for name, sources in direct.items():
        drawing.arrows += [_arrow(places[source], places[name]) for source in sources]
    return drawing


def _size(node: Node, inner: Drawing | None) -> tuple[float, float]:
    if inner is None:
        return TASK_WIDTH, TASK_HEIGHT
    return inner.width + 2 * _PADDING, inner.height + _head(node) + 2 * _PADDING


def _head(frame: Node) -> float:
    """Room for the words at the top of a frame."""
    return _TITLE + (_NOTE if frame.note else 0)


def _add(drawing: Drawing, inner: Drawing | None, frame: Box) -> None:
    """Put the content of a frame into it."""
    if inner is None:
        return
    left, top = frame.x + _PADDING, frame.y + _head(frame.node) + _PADDING
    drawing.boxes += [replace(box, x=box.x + left, y=box.y + top) for box in inner.boxes]
    drawing.arrows += [Arrow(one.x1 + left, one.y1 + top, one.x2 + left, one.y2 + top) for one in inner.arrows]


def _direct(nodes: Sequence[Node]) -> dict[str, list[str]]:
    """Who comes right before each node, in an order that has those first; arrows that others imply are left out."""
    after = {node.name: node.after for node in nodes}
    ancestors: dict[str, set[str]] = {}
    direct = {}
    for name in TopologicalSorter(after).static_order():
        ancestors[name] = set(after[name]).union(*(ancestors[source] for source in after[name]))
        implied = set().union(*(ancestors[source] for source in after[name]))
        direct[name] = [source for source in dict.fromkeys(after[name]) if source not in implied]
    return direct


def _rows(nodes: Sequence[Node], direct: dict[str, list[str]]) -> list[list[Node]]:
    """Each node one row below the lowest of those before it; groups to the left."""
    depths: dict[str, int] = {}
    for name, sources in direct.items():
        depths[name] = max((depths[source] + 1 for source in sources), default=0)
    rows: list[list[Node]] = [[] for _ in range(max(depths.values()) + 1)]
    for node in sorted(nodes, key=lambda node: not node.inner):
        rows[depths[node.name]].append(node)
    return rows


def _arrow(source: Box, target: Box) -> Arrow:
    return Arrow(source.x + source.width / 2, source.y + source.height, target.x + target.width / 2, target.y)
