"""The form of the answers that a dataset teaches: whole texts, or JSON objects with the same keys."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import product
from typing import Any

_LOOKED_AT = 200
"""Answers that decide about the writing style of JSON; all of them decide about the keys."""


@dataclass(frozen=True, slots=True)
class JsonStyle:
    """How a JSON object is written; the fields are arguments of `json.dumps`."""

    separators: tuple[str, str]
    indent: int | None
    ensure_ascii: bool

    def write(self, value: Any) -> str:
        """The value in this style."""
        return json.dumps(value, separators=self.separators, indent=self.indent, ensure_ascii=self.ensure_ascii)


_STYLES = [
    JsonStyle(separators, indent, ascii_only)
    for separators, indent, ascii_only in product([(", ", ": "), (",", ":"), (",", ": ")], [None, 2, 4], [False, True])
]
_EXACT = JsonStyle((",", ":"), None, False)


@dataclass(frozen=True, slots=True)
class AnswerFormat:
    """Takes answers apart into slots and puts them together again.

    Attributes:
        keys: Keys of the JSON object in their order; empty when the whole answer is one slot.
        style: How the object is written.
    """

    keys: tuple[str, ...] = ()
    style: JsonStyle = _STYLES[0]

    def slots(self, answer: str) -> tuple[str, ...] | None:
        """One text per slot, JSON text for the value of a key; None for an answer of another form."""
        if not self.keys:
            return (answer,)
        parsed = _json_object(answer)
        if parsed is None or set(parsed) != set(self.keys):
            return None
        return tuple(_EXACT.write(parsed[key]) for key in self.keys)

    def render(self, slots: Sequence[str]) -> str:
        """The answer whose slots these are, written as the training answers are."""
        if not self.keys:
            return slots[0]
        return self.style.write({key: json.loads(slot) for key, slot in zip(self.keys, slots, strict=True)})

    def to_json(self) -> dict[str, Any]:
        """What `from_json` reads."""
        return {"keys": list(self.keys), "style": asdict(self.style)}

    @classmethod
    def from_json(cls, saved: dict[str, Any]) -> AnswerFormat:
        """The format that was saved."""
        style = saved["style"]
        separators = (style["separators"][0], style["separators"][1])
        return cls(tuple(saved["keys"]), JsonStyle(separators, style["indent"], style["ensure_ascii"]))


def find_format(answers: Sequence[str]) -> AnswerFormat:
    """The form that all answers have in common."""
    first = _json_object(answers[0])
    if not first:
        return AnswerFormat()
    keys = tuple(first)
    for answer in answers:
        parsed = _json_object(answer)
        if parsed is None or set(parsed) != set(keys):
            return AnswerFormat()
    sample = [(answer, json.loads(answer)) for answer in answers[:_LOOKED_AT]]
    style = max(_STYLES, key=lambda style: sum(style.write(parsed) == answer for answer, parsed in sample))
    return AnswerFormat(keys, style)


def _json_object(answer: str) -> dict[str, Any] | None:
    try:
        parsed = json.loads(answer)
    except (ValueError, RecursionError):
        return None
    return parsed if isinstance(parsed, dict) else None
