"""The answers that a system instruction allows, read from the instruction alone."""

from __future__ import annotations

import re
from dataclasses import dataclass

_FEWEST_LINES = 3
_LONGEST_OPTION = 80
_QUOTES = " \t\"'`[]<>(){}"
_BULLET = re.compile(r"^\s*(?:[-*•]|\d+[.)])\s+")
_SEPARATOR = re.compile(r",|\||;|/|\bor\b")
_MOST_WORDS = 3

# Instructions come from strangers: every repetition is bounded or cannot match in two ways.
_KEY = r"""\b(?P<key>\w[\w-]{0,40})["'`]?[ \t]{0,8}"""
_VALUE = r"""[^"'<>|,{}\n]{1,80}"""
_REST = r"(?P<values>[^\n.)}]{1,4000})"
_KEYED = (
    # "priority": "low|medium|high"
    re.compile(_KEY + rf""":[ \t]{{0,8}}["'<]?(?P<values>{_VALUE}(?:\|{_VALUE}){{1,200}})"""),
    # priority: one of low, medium, high  -  "priority" is one of "low", "medium"
    re.compile(_KEY + r"""[:=]?[ \t]{0,8}(?:\(|is\b|must be\b|-)?[ \t]{0,8}(?:exactly )?one of\b:?""" + _REST),
    # priority: low, medium, high
    re.compile(_KEY + r""":(?P<values>[^\n:]{1,4000})$""", re.MULTILINE),
)
_INLINE = re.compile(r"\bone of\b[^:\n]{0,60}:\s*(?P<values>[^\n]+)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Options:
    """What may be answered.

    Attributes:
        texts: Whole answers to choose from; empty when there is no such list.
        keys: For an answer that is a JSON object the values to choose from, by key.
    """

    texts: tuple[str, ...] = ()
    keys: tuple[tuple[str, tuple[str, ...]], ...] = ()


def read_options(instruction: str) -> Options:
    """The options in an instruction: values by key when it speaks of JSON, else an inline list, else listed lines."""
    if "json" in instruction.lower() and (keys := _keyed(instruction)):
        return Options(keys=keys)
    inline = _INLINE.search(instruction)
    texts = _values(inline["values"]) if inline else ()
    if len(texts) < 2:
        texts = _lines(instruction)
    return Options(texts=texts)


def _keyed(instruction: str) -> tuple[tuple[str, tuple[str, ...]], ...]:
    found: dict[str, tuple[int, tuple[str, ...]]] = {}
    for pattern in _KEYED:
        for match in pattern.finditer(instruction):
            values = _values(match["values"])
            names = all(len(value.split()) <= _MOST_WORDS for value in values)
            if len(values) > 1 and names and match["key"] not in found:
                found[match["key"]] = (match.start(), values)
    return tuple((key, values) for key, (_, values) in sorted(found.items(), key=lambda item: item[1][0]))


def _lines(instruction: str) -> tuple[str, ...]:
    """The lines after the first that look like names and not like sentences, when there are at least three."""
    lines = [_BULLET.sub("", line).strip() for line in instruction.splitlines()[1:]]
    listed = [line for line in lines if line and len(line) <= _LONGEST_OPTION and not line.endswith((".", ":", "!"))]
    return tuple(dict.fromkeys(line.strip(_QUOTES) for line in listed)) if len(listed) >= _FEWEST_LINES else ()


def _values(listed: str) -> tuple[str, ...]:
    values = (value.strip(_QUOTES).rstrip(". ") for value in _SEPARATOR.split(listed))
    return tuple(dict.fromkeys(value for value in values if value and len(value) <= _LONGEST_OPTION))
