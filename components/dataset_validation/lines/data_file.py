"""One file of a dataset: what it is called and how it is opened."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from components.dataset_validation.lines.line_stream import BinarySource


@dataclass(frozen=True)
class DataFile:
    """A file to read.

    Attributes:
        name: What the caller calls it; findings repeat it.
        open: Opens it as a binary stream from its beginning; may be called again unless the file is a pipe.
        path: Where it lies on this machine, so that several processes can read parts of it; None for other places.
        size: Bytes, for the progress bar; None when nobody knows before the end.
    """

    name: str
    open: BinarySource
    path: Path | None = None
    size: int | None = None


def local_file(path: Path, name: str = "") -> DataFile:
    """A file of this machine; whether it can be opened shows when it is."""
    size = path.stat().st_size if path.is_file() else None
    return DataFile(name or str(path), lambda: path.open("rb"), path, size)
