"""Streams a file line by line."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import IO

BinarySource = Callable[[], IO[bytes]]
"""Opens a file as a binary stream: a local path, or an object of Cloud Storage."""

BLOCK_BYTES = 1 << 20
MAX_LINE_BYTES = 32 << 20


class LineStream:
    """The lines of one file; memory is bounded by the longest line or 32 MiB, whatever the file holds."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream

    def __iter__(self) -> Iterator[tuple[int, bytes | None]]:
        r"""Line numbers from 1 and lines without their `\n`; None stands for a line above 32 MiB.

        The text after the last line end is a line unless it is empty.
        """
        number, pending, oversized, block = 0, b"", False, self._stream.read(BLOCK_BYTES)
        while block:
            lines = block.split(b"\n")
            lines[0] = pending + lines[0]
            pending = lines.pop()
            for line in lines:
                number += 1
                yield number, None if oversized or len(line) > MAX_LINE_BYTES else line
                oversized = False
            if len(pending) > MAX_LINE_BYTES:
                pending, oversized = b"", True
            block = self._stream.read(BLOCK_BYTES)
        if pending or oversized:
            yield number + 1, None if oversized else pending
