"""Equality of answers and references, and the JSON that both may be."""

from __future__ import annotations

from typing import Any

import msgspec


def exact_match(reference: str, answer: str) -> float:
    """Whether both are the same character by character."""
    return float(reference == answer)


def normalized_match(reference: str, answer: str) -> float:
    """Whether both are the same without regard to case and spacing."""
    return float(normalize(reference) == normalize(answer))


def json_valid(reference: str, answer: str) -> float:
    """Whether the answer is a JSON object and nothing else."""
    return float(parse_object(answer) is not None)


def json_match(reference: str, answer: str) -> float:
    """Whether both objects have the same fields with the same values."""
    given = parse_object(answer)
    return float(given is not None and same(parse_object(reference) or {}, given))


def field_match(field: str, reference: str, answer: str) -> float:
    """Whether a top-level field has the same value in both, or is in neither."""
    wanted, given = parse_object(reference) or {}, parse_object(answer)
    if given is None or (field in wanted) != (field in given):
        return 0.0
    return float(same(wanted.get(field), given.get(field)))


def normalize(text: str) -> str:
    """The text without regard to case and spacing."""
    return " ".join(text.split()).casefold()


def parse_object(text: str) -> dict[str, Any] | None:
    """The JSON object that the text is, None when it is anything else, such as JSON inside a Markdown fence."""
    value = parse_json(text)
    return value if isinstance(value, dict) else None


def parse_json(text: str) -> Any:
    """The JSON value that the text is, None when it is none."""
    try:
        return msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError, UnicodeEncodeError):
        return None


def same(wanted: Any, given: Any) -> bool:
    """Equality of JSON values: strings by `normalize`, 1 equals 1.0, true does not equal 1."""
    if isinstance(wanted, dict) and isinstance(given, dict):
        return wanted.keys() == given.keys() and all(same(wanted[key], given[key]) for key in wanted)
    if isinstance(wanted, list) and isinstance(given, list):
        return len(wanted) == len(given) and all(map(same, wanted, given))
    if isinstance(wanted, str) and isinstance(given, str):
        return normalize(wanted) == normalize(given)
    return isinstance(wanted, bool) == isinstance(given, bool) and bool(wanted == given)
