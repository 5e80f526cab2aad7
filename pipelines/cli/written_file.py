"""Writes the result of a command to a file: whole or not at all, and never over something by accident."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from components.errors import configuration_error


def refuse_to_overwrite(path: Path, *, force: bool) -> None:
    """Do nothing when the file may be written.

    Raises:
        RetuneError: `CONFIG-FILE-EXISTS`, the file exists and `force` is off.
    """
    if path.exists() and not force:
        raise configuration_error(
            "CONFIG-FILE-EXISTS", "the file exists already", "choose another name, or give --force", str(path)
        )


@contextmanager
def written_file(target: str, *, force: bool) -> Iterator[IO[bytes]]:
    """A binary stream to write to; `-` is standard output.

    The file appears under its name when the block ends, and not at all when the block fails.

    Raises:
        RetuneError: `CONFIG-FILE-EXISTS`.
    """
    if target == "-":
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    path = Path(target)
    refuse_to_overwrite(path, force=force)
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    try:
        with partial.open("wb") as stream:
            yield stream
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
