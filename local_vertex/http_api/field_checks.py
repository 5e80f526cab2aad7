"""Checks of single JSON values, as proto JSON reads them: scalars, lists and maps.

Source: https://protobuf.dev/programming-guides/json/
"""

from __future__ import annotations

import base64
import binascii
import math
import re
from collections.abc import Callable
from typing import Any

from local_vertex.calls import Json
from local_vertex.clock import instant_us

Problems = list[tuple[str, str]]
"""What is wrong: the field's path and a sentence, path by path."""
Checker = Callable[[Any, str, Problems], Any]
"""Takes a value, the path that errors name it by, and the list to complain to; returns the canonical value."""

_FORMATS = {
    "google-duration": ("google.protobuf.Duration", re.compile(r"-?\d{1,12}(\.\d{1,9})?s")),
    "google-datetime": (
        "google.protobuf.Timestamp",
        re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)"),
    ),
    "google-fieldmask": ("google.protobuf.FieldMask", re.compile(r"[\w.,*]*")),
    # RFC 3339; Cloud Storage writes these two.
    "date-time": (
        "google.protobuf.Timestamp",
        re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)"),
    ),
    "date": ("google.type.Date", re.compile(r"\d{4}-\d\d-\d\d")),
}
_INSTANTS = ("google-datetime", "date-time")
_DIGITS = re.compile(r"-?[0-9]{1,20}")
_RANGES = {"int32": 2**31, "int64": 2**63, "uint32": 2**32, "uint64": 2**64}


def mismatch(value: Any, path: str, kind: str, problems: Problems) -> Any:
    """Complain that the value is not of the kind, and return it as it is."""
    if isinstance(value, list):
        parent, _, field = path.rpartition(".")
        where = f" at '{parent}'" if parent else ""
        sentence = f'Unknown name "{field}"{where}: Proto field is not repeating, cannot start list.'
        problems.append((path, f"Invalid JSON payload received. {sentence}"))
    else:
        shown = f", {value}" if isinstance(value, bool | int | float) else ""
        problems.append((path, f"Invalid value at '{path}' ({kind}){shown}"))
    return value


def plain(expected: type, kind: str) -> Checker:
    """Values of one JSON type, as they are."""

    def check(value: Any, path: str, problems: Problems) -> Any:
        return value if isinstance(value, expected) else mismatch(value, path, kind, problems)

    return check


def anything(value: Any, path: str, problems: Problems) -> Any:
    """Every value, as it is."""
    return value


def map_of(checker: Checker, *, nulls: bool = False) -> Checker:
    """Maps whose values the checker takes; with `nulls`, a value may also be null."""

    def check(value: Any, path: str, problems: Problems) -> Any:
        if not isinstance(value, dict):
            return mismatch(value, path, "map", problems)
        return {
            key: None if nulls and item is None else checker(item, f"{path}[{n}].value", problems)
            for n, (key, item) in enumerate(value.items())
        }

    return check


def list_of(checker: Checker) -> Checker:
    """Lists whose items the checker takes."""

    def check(value: Any, path: str, problems: Problems) -> Any:
        if not isinstance(value, list):
            return mismatch(value, path, "repeated", problems)
        return [checker(item, f"{path}[{n}]", problems) for n, item in enumerate(value)]

    return check


def text(schema: Json) -> Checker:
    """What JSON writes as text: text, enums, 64-bit integers, bytes, durations, instants, field masks."""
    if "enum" in schema:
        return _enum(frozenset(schema["enum"]))
    form = schema.get("format")
    if form in ("int64", "uint64"):
        return integer(form)
    if form == "byte":
        return _bytes
    if form not in _FORMATS:
        return plain(str, "TYPE_STRING")
    kind, pattern = _FORMATS[form]

    def check(value: Any, path: str, problems: Problems) -> Any:
        if isinstance(value, str) and pattern.fullmatch(value) and (form not in _INSTANTS or _is_instant(value)):
            return value
        return mismatch(value, path, f"type.googleapis.com/{kind}", problems)

    return check


def _is_instant(value: str) -> bool:
    """Whether there is such a day and time of day."""
    try:
        instant_us(value.upper())
    except (ValueError, OverflowError):
        return False
    return True


def _enum(names: frozenset[str]) -> Checker:
    def check(value: Any, path: str, problems: Problems) -> Any:
        if isinstance(value, str) and value in names:
            return value
        return mismatch(value, path, "TYPE_ENUM", problems)

    return check


def _bytes(value: Any, path: str, problems: Problems) -> Any:
    if isinstance(value, str):
        try:
            # Both alphabets are accepted, with or without padding.
            base64.b64decode(value.replace("-", "+").replace("_", "/") + "=" * (-len(value) % 4), validate=True)
        except (binascii.Error, ValueError):
            problems.append((path, f"Invalid value at '{path}' (TYPE_BYTES), Base64 decoding failed"))
        return value
    return mismatch(value, path, "TYPE_BYTES", problems)


def integer(form: str) -> Checker:
    """Integers arrive as numbers or as text; 64-bit ones leave as text."""
    bound, signed, wide = _RANGES[form], form.startswith("int"), form.endswith("64")

    def check(value: Any, path: str, problems: Problems) -> Any:
        found = _whole(value)
        if found is None or not (-bound if signed else 0) <= found < bound:
            return mismatch(value, path, f"TYPE_{form.upper()}", problems)
        return str(found) if wide else found

    return check


def _whole(value: Any) -> int | None:
    if isinstance(value, str):
        return int(value) if _DIGITS.fullmatch(value) else None
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return None
    return int(value) if value == int(value) else None


def number(value: Any, path: str, problems: Problems) -> Any:
    """Numbers, also as text."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return value
    if isinstance(value, str):
        try:
            return float(value)
        except ValueError:
            pass
    return mismatch(value, path, "TYPE_DOUBLE", problems)
