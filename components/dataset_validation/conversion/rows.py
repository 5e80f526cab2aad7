"""The rows of a file to convert: JSON lines, CSV or Parquet, each with its place."""

from __future__ import annotations

import csv
import gzip
import io
import json
from collections.abc import Callable, Iterator
from typing import IO, Any

from components.dataset_validation.lines.data_file import DataFile
from components.errors import dataset_error

Row = tuple[int, dict[str, Any] | None]
"""Number of a row from 1 (for CSV the line it ends on) and its values; None when it is no JSON object."""


def rows_of(file: DataFile) -> tuple[str, Iterator[Row]]:
    """The kind of a file by its name (`jsonl`, `csv` or `parquet`) and its rows; a `.gz` file is unpacked on the way.

    Raises:
        RetuneError: `DATA-CONVERT-READ` while the rows are read, when the file is damaged.
    """
    name = file.name.lower()
    packed = name.endswith(".gz")
    kind = name.removesuffix(".gz").rsplit(".", 1)[-1]
    if kind == "parquet":
        return kind, _readable(file.name, lambda: _parquet(file))
    if kind in ("csv", "tsv"):
        return "csv", _readable(file.name, lambda: _csv(_unpacked(file, packed), "\t" if kind == "tsv" else ","))
    return "jsonl", _readable(file.name, lambda: _json_lines(_unpacked(file, packed)))


def _unpacked(file: DataFile, packed: bool) -> IO[bytes]:
    return gzip.open(file.open()) if packed else file.open()  # type: ignore[return-value]


def _readable(name: str, rows: Callable[[], Iterator[Row]]) -> Iterator[Row]:
    """The rows; what the reading library raises becomes an error with the file's name."""
    try:
        yield from rows()
    except (EOFError, OSError, ValueError, csv.Error) as error:
        raise dataset_error(
            "DATA-CONVERT-READ", f"the file cannot be read to its end: {error}", "export it again", name
        ) from error


def _json_lines(stream: IO[bytes]) -> Iterator[Row]:
    with stream:
        for number, line in enumerate(stream, start=1):
            if not line.strip():
                continue
            try:
                value = json.loads(line.removeprefix(b"\xef\xbb\xbf"))
            except (ValueError, RecursionError):
                value = None
            yield number, value if isinstance(value, dict) else None


def _csv(stream: IO[bytes], delimiter: str) -> Iterator[Row]:
    with io.TextIOWrapper(stream, encoding="utf-8-sig", newline="") as text:
        reader = csv.DictReader(text, delimiter=delimiter, strict=True)
        for values in reader:
            yield reader.line_num, dict(values)


def _parquet(file: DataFile) -> Iterator[Row]:
    from pyarrow.lib import ArrowException
    from pyarrow.parquet import ParquetFile

    number = 0
    try:
        with file.open() as stream:
            for batch in ParquetFile(stream).iter_batches():
                for values in batch.to_pylist():
                    number += 1
                    yield number, values
    except ArrowException as error:
        raise ValueError(str(error).splitlines()[0]) from error
