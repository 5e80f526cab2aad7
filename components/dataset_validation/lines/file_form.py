"""Recognises from its beginning a file that is not JSONL at all."""

from __future__ import annotations

import csv
import io
import itertools
import json

from components.dataset_validation.findings.finding import Problem

_COMPRESSED = {
    b"\x1f\x8b": "gzip",
    b"PK\x03\x04": "zip",
    b"\x28\xb5\x2f\xfd": "Zstandard",
    b"BZh": "bzip2",
    b"\xfd7zXZ\x00": "xz",
}
_BINARY = {
    b"PAR1": "a Parquet file",
    b"ARROW1": "an Arrow file",
    b"Obj\x01": "an Avro file",
    b"\xff\xfe": "text in UTF-16",
    b"\xfe\xff": "text in UTF-16",
}
_REMEDIES = {
    "a Parquet file": "convert it: `retune convert data.parquet --prompt COLUMN --answer COLUMN --output train.jsonl`"
}
_TABLES = {",": "CSV", "\t": "TSV", ";": "CSV with semicolons"}
_ROWS_LOOKED_AT = 5
_BOM = b"\xef\xbb\xbf"


def file_form_problem(head: bytes) -> Problem | None:
    """Why the file cannot be read line by line; None when it can.

    Args:
        head: The file's first block; the whole file when it is shorter.
    """
    for magic, name in _COMPRESSED.items():
        if head.startswith(magic):
            return Problem("DATA-FILE-COMPRESSED", f"the file is compressed with {name}")
    for magic, name in _BINARY.items():
        if head.startswith(magic):
            return Problem("DATA-FILE-BINARY", f"the file is {name}", remedy=_REMEDIES.get(name, ""))
    if b"\x00" in head[:4096]:
        return Problem("DATA-FILE-BINARY", "the file contains NUL bytes, so it is not UTF-8 text")
    text = head.removeprefix(_BOM).lstrip()
    if not text:
        return Problem("DATA-FILE-EMPTY", "the file is empty")
    first, _, rest = text.partition(b"\n")
    return _array(first) or _pretty(first, rest) or _table(text)


def _array(first: bytes) -> Problem | None:
    """One array around all examples, on one line or on many."""
    if not first.startswith(b"["):
        return None
    if first[1:].lstrip()[:1] in (b"", b"{"):
        return Problem("DATA-FILE-ARRAY", "the file is one JSON array")
    return None


def _pretty(first: bytes, rest: bytes) -> Problem | None:
    """An object whose first line ends inside it while the next line goes on with a key or a bracket."""
    if not first.startswith(b"{") or first.rstrip()[-1:] not in (b"{", b"[", b","):
        return None
    if rest.lstrip()[:1] not in (b'"', b"{", b"[", b"}"):
        return None
    try:
        json.loads(first)
    except ValueError:
        return Problem("DATA-FILE-PRETTY", "the file holds objects that are spread over several lines")
    return None


def _table(text: bytes) -> Problem | None:
    """Rows of equally many cells below a row of distinct names; never where a line begins as JSON does."""
    if any(line.lstrip()[:1] in (b"{", b"[") for line in text.splitlines()[:_ROWS_LOOKED_AT]):
        return None
    decoded = text.decode("utf-8", "replace")
    for delimiter, name in _TABLES.items():
        reader = csv.reader(io.StringIO(decoded, newline=""), delimiter=delimiter, strict=True)
        try:
            header, *rows = (row for row in itertools.islice(reader, _ROWS_LOOKED_AT) if row)
        except csv.Error:
            continue
        if not rows or any(len(row) != len(header) for row in rows):
            continue
        if len(header) > 1 and len(set(header)) == len(header) and all(_is_name(cell) for cell in header):
            remedy = "save it with commas, then convert it with `retune convert`" if delimiter == ";" else ""
            return Problem("DATA-FILE-TABLE", f"the file is a table ({name})", remedy=remedy)
    return None


def _is_name(cell: str) -> bool:
    """Whether a cell may be a column's name; prose with a comma has a space after it."""
    return 0 < len(cell) <= 60 and cell == cell.strip()
