"""How many files were looked up, on a terminal only."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from components.dataset_validation.media.stored_files import FileMetadata, StoredFiles
from pipelines.cli.output import err

SHOWN_EVERY = 50


class CountedFiles:
    """Stored files that tell of every lookup.

    Args:
        files: Where they are stored.
        looked_up: Is called after each lookup.
    """

    def __init__(self, files: StoredFiles, looked_up: Callable[[], None]) -> None:
        self._files = files
        self._looked_up = looked_up

    def metadata(self, uri: str) -> FileMetadata:
        """The file's metadata."""
        try:
            return self._files.metadata(uri)
        finally:
            self._looked_up()

    def read_range(self, uri: str, generation: int, start: int, stop: int) -> bytes:
        """The bytes from `start` to before `stop`."""
        return self._files.read_range(uri, generation, start, stop)


@contextmanager
def lookup_progress() -> Iterator[Callable[[], None]]:
    """What to call after each lookup, from any thread; shows nothing off a terminal."""
    if not err.is_terminal:
        yield lambda: None
        return
    numbers = itertools.count(1)

    def done() -> None:
        number = next(numbers)
        if number % SHOWN_EVERY == 0:
            err.print(f"{number:,} files looked up", end="\r")

    yield done
    if next(numbers) > SHOWN_EVERY:
        err.print(" " * 40, end="\r")
