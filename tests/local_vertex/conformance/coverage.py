"""Which methods of the official clients local Vertex answers, and which test shows it.

The tables name every public method, so that one of a newer SDK is noticed; `test_coverage.py` holds them against the
classes, and `docs/local_vertex_coverage.md` is made from them.
"""

from __future__ import annotations

import inspect
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any

HELPERS = ("_path", "parse_", "common_")
"""Static methods of the generated clients that only build and read names."""


@dataclass(frozen=True)
class Area:
    """What is said about the methods of one class, or of classes that have the same ones.

    Attributes:
        title: Heading of the area on the page.
        classes: Dotted names; what is said of a method holds for every class that has it.
        covered: Test by method, as `file::test` of this folder.
        declined: Test by method that is there and refuses every request for a tuned Gemini model, with a 400 or 404 as
            the service would.
        refused: Why a method is no route of local Vertex and is answered with a 404.
        no_request: Methods that send nothing, separated by spaces.
        out_of_scope: Methods by the reason why they are not asked of local Vertex.
    """

    title: str
    classes: tuple[str, ...]
    covered: dict[str, str]
    declined: dict[str, str] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)
    no_request: str = ""
    out_of_scope: dict[str, str] = field(default_factory=dict)

    def said(self) -> dict[str, str]:
        """What the page says of each method."""
        found = {method: f"`{test}`" for method, test in self.covered.items()}
        found |= {method: f"always declined, `{test}`" for method, test in self.declined.items()}
        found |= {method: f"answers 404: {reason}" for method, reason in self.refused.items()}
        found |= dict.fromkeys(self.no_request.split(), "sends no request")
        for reason, methods in self.out_of_scope.items():
            found |= dict.fromkeys(methods.split(), reason)
        return found

    def times_said(self) -> list[str]:
        """Every method as often as the table names it."""
        groups = [*self.covered, *self.declined, *self.refused, *self.no_request.split()]
        return groups + [method for methods in self.out_of_scope.values() for method in methods.split()]


def resolved(dotted: str) -> Any:
    """The class of a dotted name."""
    module, _, name = dotted.rpartition(".")
    return getattr(import_module(module), name)


def public_methods(cls: Any) -> set[str]:
    """What a class lets its users call."""
    return {
        name
        for name, member in inspect.getmembers(cls, callable)
        if not name.startswith("_") and not name.endswith(HELPERS[0]) and not name.startswith(HELPERS[1:])
    }


def page(areas: tuple[Area, ...]) -> str:
    """The page in Markdown, without the notice that it is generated."""
    text = [
        "# Methods of the official clients on local Vertex\n",
        "Made from the tables of the conformance suite (`tests/local_vertex/conformance/`), which names every public",
        "method. Covered is what a test calls with success. Declined is what exists and is never granted to a tuned",
        "Gemini model, or in a bucket without soft delete: the request is checked and refused with a 400 or 404, as",
        "the service would. Refused is what is no route here and answers 404.\n",
        "| client | methods | covered | declined | refused | send no request | out of scope |",
        "|---|---:|---:|---:|---:|---:|---:|",
    ]
    totals = [0] * 6
    for area in areas:
        out_of_scope = sum(len(methods.split()) for methods in area.out_of_scope.values())
        answered = [len(area.covered), len(area.declined), len(area.refused)]
        kinds = [*answered, len(area.no_request.split()), out_of_scope]
        counts = [sum(kinds), *kinds]
        totals = [total + count for total, count in zip(totals, counts, strict=True)]
        text.append(f"| {area.title} | {' | '.join(map(str, counts))} |")
    text.append(f"| **all** | {' | '.join(f'**{total}**' for total in totals)} |\n")
    text.append("A method that the clients of v1 and v1beta1 share counts once.\n")
    for area in areas:
        text += [
            f"## {area.title}\n",
            ", ".join(f"`{name}`" for name in area.classes) + "\n",
            "| method | |",
            "|---|---|",
        ]
        text += [f"| `{method}` | {said} |" for method, said in sorted(area.said().items())]
        text.append("")
    return "\n".join(text)
