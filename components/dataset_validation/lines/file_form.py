"""Recognises from its beginning a file that is not JSONL at all."""

from __future__ import annotations

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
            return Problem("DATA-FILE-BINARY", f"the file is {name}")
    if b"\x00" in head[:4096]:
        return Problem("DATA-FILE-BINARY", "the file contains NUL bytes, so it is not UTF-8 text")
    text = head.removeprefix(_BOM).lstrip()
    if not text:
        return Problem("DATA-FILE-EMPTY", "the file is empty")
    first, _, rest = text.partition(b"\n")
    return _array(first) or _pretty(first, rest)


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
