"""Converts files row by row: every row becomes an example or a refusal with its place and reason."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from components.dataset_validation.conversion.conversation import NotConvertible, exchange
from components.dataset_validation.conversion.formats import FORMATS, format_of
from components.dataset_validation.conversion.rows import rows_of
from components.dataset_validation.lines.data_file import DataFile


@dataclass(frozen=True)
class Columns:
    """Which columns of a table hold what.

    Attributes:
        prompt: Column of the question.
        answer: Column of the answer.
        system: Column of the system instruction; empty for none.
    """

    prompt: str
    answer: str
    system: str = ""


@dataclass(frozen=True)
class Converted:
    """What became of one row.

    Attributes:
        file: Its file.
        row: Its number, from 1.
        line: The example as a line of JSON without its line end; None when it was refused.
        reason: Why it was refused; empty when it was not. It quotes nothing of the row.
    """

    file: str
    row: int
    line: bytes | None
    reason: str = ""


def convert(
    files: Sequence[DataFile], *, source: str, columns: Columns | None, system_text: str = ""
) -> Iterator[Converted]:
    """What becomes of each row, in order.

    Args:
        files: JSON lines, CSV or Parquet, packed with gzip or not.
        source: Name of the format, or `auto` to recognise it in each line.
        columns: Where a table has prompt and answer; needed for CSV, and for Parquet without a known format.
        system_text: System instruction for examples that have none.

    Raises:
        RetuneError: `DATA-CONVERT-READ`, a file is damaged.
    """
    for file in files:
        _, rows = rows_of(file)
        for number, row in rows:
            try:
                example = _example(row, source, columns)
            except NotConvertible as reason:
                yield Converted(file.name, number, None, str(reason))
                continue
            if system_text and "systemInstruction" not in example:
                example = {"systemInstruction": {"parts": [{"text": system_text}]}} | example
            yield Converted(file.name, number, json.dumps(example, ensure_ascii=False).encode("utf-8", "replace"))


def _example(row: dict[str, Any] | None, source: str, columns: Columns | None) -> dict[str, Any]:
    if row is None:
        raise NotConvertible("the line is no JSON object")
    if columns is not None:
        missing = [name for name in (columns.prompt, columns.answer) if name not in row]
        if missing:
            raise NotConvertible("a column of the mapping is missing")
        system = row.get(columns.system) if columns.system else ""
        return exchange(_text(row[columns.prompt]), _text(row[columns.answer]), system)
    converter: Callable[[dict[str, Any]], dict[str, Any]] = FORMATS[format_of(row) if source == "auto" else source]
    try:
        return converter(row)
    except (AttributeError, TypeError, KeyError) as error:
        raise NotConvertible("the line has not the shape of its format") from error


def _text(value: Any) -> Any:
    """Numbers of a table as texts."""
    return str(value) if isinstance(value, int | float) else value
