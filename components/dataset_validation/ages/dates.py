"""Reads the date of an example."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import msgspec

from components.dataset_validation.example import Example

FIRST, LAST = date(1970, 1, 1), date(2100, 1, 1)
"""Dates outside are placeholders such as 0001-01-01 and 9999-12-31."""
_EPOCH_FROM = 631_152_000
"""1990-01-01 in seconds; smaller numbers are more often something else."""
_MISSING = object()


def read_date(value: object) -> date | None:
    """The day of an ISO 8601 date or time, or of a number of seconds since 1970; in UTC where a zone is given.

    Args:
        value: A string as `datetime.fromisoformat` reads it, or a number.
    """
    if isinstance(value, str):
        try:
            moment = datetime.fromisoformat(value.strip())
            day = (moment if moment.tzinfo is None else moment.astimezone(UTC)).date()
        except (ValueError, OverflowError):
            return None
    elif isinstance(value, int | float) and not isinstance(value, bool) and value >= _EPOCH_FROM:
        try:
            day = FIRST + timedelta(seconds=value)
        except OverflowError:
            return None
    else:
        return None
    return day if FIRST <= day < LAST else None


class DateField:
    """The field that holds the date of an example.

    Args:
        name: A key, a dotted path of keys, or the name in a line `name: value`.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._keys = name.split(".")
        self._line = re.compile(rf"^[ \t]*{re.escape(name)}[ \t]*:(.*)$", re.IGNORECASE | re.MULTILINE)

    def of(self, example: Example) -> tuple[date | None, str]:
        """The first readable date, and where it stands.

        Returns:
            The date, or None; and the JSON path of the text that has it or, without a date, of the first text that has
            something else in the field; empty when no text has the field.
        """
        unreadable = ""
        for path, value in self._values(example):
            day = read_date(value)
            if day is not None:
                return day, path
            unreadable = unreadable or path
        return None, unreadable

    def _values(self, example: Example) -> Iterator[tuple[str, object]]:
        """What stands in the field: in texts that are JSON objects first, then in lines."""
        texts = [
            (f"contents[{index}].parts[{number}].text", part.text)
            for index, turn in enumerate(example.contents)
            for number, part in enumerate(turn.parts)
            if part.text is not None
        ]
        for path, text in texts:
            value = self._in_object(text)
            if value is not _MISSING:
                yield path, value
        answer = f"contents[{len(example.contents) - 1}]"
        lines = [(path, text) for path, text in texts if not path.startswith(answer)]
        if example.system_instruction is not None:
            parts = enumerate(example.system_instruction.parts)
            lines += [(f"systemInstruction.parts[{number}].text", part.text or "") for number, part in parts]
        for path, text in lines:
            for match in self._line.finditer(text):
                yield path, match[1]

    def _in_object(self, text: str) -> object:
        if not text.lstrip().startswith("{"):
            return _MISSING
        try:
            value: Any = msgspec.json.decode(text)
        except (msgspec.MsgspecError, RecursionError):
            return _MISSING
        if self._name in value:
            return value[self._name]
        for key in self._keys:
            if not isinstance(value, dict) or key not in value:
                return _MISSING
            value = value[key]
        return value
