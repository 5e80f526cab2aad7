"""Who is taken for whom: the confusion matrix of a candidate minus that of base or champion."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from components.evaluation.evaluation import Evaluation
from components.evaluation.metrics.classes import ClassTable
from components.evaluation.plots.specification import Spec, specification
from components.evaluation.plots.systems import ShownSystem
from components.report_page import MINUS

SHOWN_CLASSES = 15
SHOWN_MOVES = 10
NO_CLASS = "(no class)"
NAME_CHARACTERS = 40


@dataclass(frozen=True)
class ConfusionMove:
    """One cell of the difference.

    Attributes:
        choice: Which difference: who against whom, and on which field.
        wanted: The class of the reference.
        given: The class of the answer.
        ours: Rows of the candidate.
        theirs: Rows of the other.
    """

    choice: str
    wanted: str
    given: str
    ours: int
    theirs: int

    @property
    def change(self) -> int:
        """Rows more than the other has."""
        return self.ours - self.theirs

    @property
    def better(self) -> bool:
        """Whether that is good: more on the diagonal, or less beside it."""
        return (self.change > 0) == (self.wanted == self.given)


def confusion_moves(systems: Sequence[ShownSystem], evaluation: Evaluation, first: str) -> list[ConfusionMove]:
    """Every cell of every difference that is not empty on both sides.

    Args:
        systems: The systems.
        evaluation: The evaluation.
        first: Fingerprint of the candidate whose differences come first.
    """
    champions = [one for one in systems if one.result.system.role == "champion"]
    moves: list[ConfusionMove] = []
    candidates = [one for one in systems if one.result.system.role == "candidate"]
    for ours in sorted(candidates, key=lambda one: one.result.system.fingerprint != first):
        base = evaluation.base_of(ours.result.system)
        others = [next(one for one in systems if one.result is base), *champions]
        for theirs in others:
            for name, table in ours.result.classes.items():
                if name in theirs.result.classes:
                    field = name.partition(":")[2]
                    choice = f"{ours.key} against {theirs.key.lower()}" + (f", {field}" if field else "")
                    moves += _moves(choice, table, theirs.result.classes[name])
    return moves


def _moves(choice: str, ours: ClassTable, theirs: ClassTable) -> Iterator[ConfusionMove]:
    left, right = _cells(ours), _cells(theirs)
    for wanted, given in sorted({*left, *right}):
        yield ConfusionMove(choice, wanted, given, left[wanted, given], right[wanted, given])


def _cells(table: ClassTable) -> Counter[tuple[str, str]]:
    return Counter({(one.wanted, NO_CLASS if one.given is None else one.given): one.rows for one in table.confusion})


def confusion_plot(moves: Sequence[ConfusionMove]) -> tuple[Spec, list[str], list[str]]:
    """The differences as a heat map, the choices of the reader, and a sentence where classes had to be left out."""
    choices = list(dict.fromkeys(one.choice for one in moves))
    rows: list[dict[str, Any]] = []
    cut: list[str] = []
    for choice in choices:
        of_choice = [one for one in moves if one.choice == choice]
        classes = sorted({one.wanted for one in of_choice})
        kept = _most_changed(of_choice)
        if len(kept) < len(classes):
            cut.append(f"{choice}: the {len(kept)} of {len(classes)} classes that changed most")
        rows += [_row(one) for one in of_choice if one.wanted in kept and one.given in {*kept, NO_CLASS}]
    spec = specification(
        "Confusion matrix of the candidate minus that of the other model: rows by wanted and given class.",
        rows,
        params=[{"name": "choice", "value": choices[0]}],
        transform=[{"filter": "datum.choice === choice"}],
        height={"step": 24},
        encoding={
            "y": {"field": "wanted", "type": "nominal", "title": "wanted", "sort": "ascending"},
            "x": {
                "field": "given",
                "type": "nominal",
                "title": "answered",
                "sort": "ascending",
                "axis": {"labelAngle": -40, "labelLimit": 110, "labelOverlap": False},
            },
        },
        layer=[
            {
                "mark": {"type": "rect", "cornerRadius": 2},
                "encoding": {
                    "color": {"field": "tone", "type": "nominal", "scale": None},
                    "fillOpacity": {
                        "field": "size",
                        "type": "quantitative",
                        "scale": {"range": [0.06, 0.85]},
                        "legend": None,
                    },
                    "tooltip": [
                        {"field": field, "title": title, "type": "nominal"}
                        for field, title in {
                            "wanted": "wanted",
                            "given": "answered",
                            "told": "rows",
                            "change": "change",
                        }.items()
                    ],
                },
            },
            {
                "mark": {
                    "type": "text",
                    "fontSize": {"expr": "width < 300 ? 8 : 11"},
                    "color": "var(--ink)",
                    "aria": False,
                },
                "encoding": {"text": {"field": "change", "type": "nominal"}},
            },
        ],
    )
    return spec, choices, cut


def largest_moves(moves: Sequence[ConfusionMove]) -> list[ConfusionMove]:
    """The cells of the first choice that changed most."""
    first = [one for one in moves if one.choice == moves[0].choice and one.change]
    return sorted(first, key=lambda one: (-abs(one.change), one.wanted, one.given))[:SHOWN_MOVES]


def _most_changed(moves: Sequence[ConfusionMove]) -> set[str]:
    changes: Counter[str] = Counter({one.wanted: 0 for one in moves})
    for one in moves:
        changes[one.wanted] += abs(one.change)
    ranked = sorted(changes, key=lambda label: (-changes[label], label))
    return set(ranked[:SHOWN_CLASSES])


def _row(one: ConfusionMove) -> dict[str, Any]:
    tone = "var(--soft)" if not one.change else "var(--better)" if one.better else "var(--worse)"
    return {
        "choice": one.choice,
        "wanted": _short(one.wanted),
        "given": _short(one.given),
        "tone": tone,
        "size": abs(one.change),
        "change": f"{one.change:+d}".replace("-", MINUS) if one.change else "0",
        "told": f"{one.ours:,} now, {one.theirs:,} before",
    }


def _short(label: str) -> str:
    return label if len(label) <= NAME_CHARACTERS else label[: NAME_CHARACTERS - 1] + "…"
