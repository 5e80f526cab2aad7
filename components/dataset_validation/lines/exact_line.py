"""Reads one line exactly and says everything that is wrong with it.

This is the reference for what is valid: the standard library's JSON parser, made strict, and a walk over the result.
`typed_line` reads most valid lines ten times faster and leaves the rest to this module.
"""

from __future__ import annotations

import json
from typing import Any, NoReturn

from components.dataset_validation.findings.finding import Problem, shown
from components.dataset_validation.lines.camel_case import BothSpellings, camel_case
from components.dataset_validation.lines.characters import character_problems
from components.dataset_validation.lines.reading import Reading, reading_of
from components.dataset_validation.rules.catalogue import RULES
from components.dataset_validation.shape.example_shape import example_problems
from components.dataset_validation.shape.function_calls import function_problems

_BOM = b"\xef\xbb\xbf"
_MAX_DEPTH = 100
"""Objects and lists inside each other: what protobuf's JSON parsers take, and far below what Python's takes, whose
limit depends on who calls it."""


class _NotJson(ValueError):
    """The line holds something that Python's parser accepts and JSON does not."""


def read_exactly(line: bytes) -> tuple[Reading | None, list[Problem]]:
    """The reading of a line and its problems.

    Args:
        line: The line's bytes, with or without its line end.

    Returns:
        The reading, None when some problem is an error by the rule's own severity, and all problems.
    """
    if not line.strip():
        return None, [Problem("DATA-BLANK-LINE", "the line is blank")]
    value, problems = _decode(line)
    if value is not _INVALID:
        try:
            value, renamed = camel_case(value)
        except BothSpellings as both:
            problems.append(Problem("DATA-DUPLICATE-KEY", f"{both} occurs in camelCase and in snake_case"))
        else:
            if renamed:
                problems.append(Problem("DATA-SNAKE-CASE", f"{len(renamed)} key(s) in snake_case", renamed[0]))
        problems.extend(example_problems(value))
        problems.extend(character_problems(value))
        if isinstance(value, dict) and not any(RULES[one.code].severity == "error" for one in problems):
            problems.extend(function_problems(value))
    failed = value is _INVALID or any(RULES[problem.code].severity == "error" for problem in problems)
    return (None if failed else reading_of(value)), problems


_INVALID = object()
_TOO_DEEP = f"nested too deeply: more than {_MAX_DEPTH} objects and lists inside each other"


def _decode(line: bytes) -> tuple[Any, list[Problem]]:
    problems: list[Problem] = []
    if line.startswith(_BOM):
        problems.append(Problem("DATA-BOM", "the line begins with a byte order mark"))
        line = line[len(_BOM) :]
    try:
        text = line.decode("utf-8")
    except UnicodeDecodeError as error:
        message = f"byte 0x{line[error.start]:02x} at offset {error.start} is not UTF-8"
        return _INVALID, [*problems, Problem("DATA-ENCODING", message)]
    duplicates: list[str] = []

    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        value = dict(pairs)
        if len(value) != len(pairs):
            names = [name for name, _ in pairs]
            duplicates.extend(name for name in value if names.count(name) > 1)
        return value

    try:
        value = json.loads(text, object_pairs_hook=unique, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        return _INVALID, [*problems, Problem("DATA-JSON", _reason(text, error))]
    if text.count("{") + text.count("[") > _MAX_DEPTH and _deeper(value, _MAX_DEPTH):
        return _INVALID, [*problems, Problem("DATA-JSON", _TOO_DEEP)]
    problems.extend(Problem("DATA-DUPLICATE-KEY", f"key {shown(name)} occurs twice") for name in duplicates)
    return value, problems


def _deeper(value: Any, levels: int) -> bool:
    layer = [value]
    for _ in range(levels):
        children = (child for node in layer for child in (node.values() if isinstance(node, dict) else node))
        layer = [child for child in children if isinstance(child, dict | list)]
        if not layer:
            return False
    return True


def _refuse_constant(name: str) -> NoReturn:
    raise _NotJson(f"{name} is not JSON")


def _reason(text: str, error: ValueError | RecursionError) -> str:
    if isinstance(error, RecursionError):
        return _TOO_DEEP
    if isinstance(error, json.JSONDecodeError):
        if text.lstrip().startswith(("#", "//")):
            return "a comment, which JSON does not have"
        if error.msg == "Extra data":
            return f"a second value begins at column {error.colno}; each line holds one"
        if error.pos >= len(text.rstrip()):
            return "the line ends before the JSON value does"
        return f"{error.msg[0].lower()}{error.msg[1:]} at column {error.colno}"
    if isinstance(error, _NotJson):
        return str(error)
    return "a number has too many digits"
