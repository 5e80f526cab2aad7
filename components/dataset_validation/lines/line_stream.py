"""Streams a file line by line, counting and hashing what passes."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from typing import IO

BinarySource = Callable[[], IO[bytes]]
"""Opens a file as a binary stream: a local path, or an object of Cloud Storage."""

BLOCK_BYTES = 1 << 20
MAX_LINE_BYTES = 32 << 20


class LineStream:
    """The lines of one file; memory is bounded by the longest line or 32 MiB, whatever the file holds.

    Attributes:
        bytes: Size of the file, once it was read to its end.
        head: The file's first block, up to 1 MiB, for `file_form`.
    """

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self._digest = hashlib.sha256()
        self.bytes = 0
        self.head = self._read()

    @property
    def sha256(self) -> str:
        """Hex digest of what was read."""
        return self._digest.hexdigest()

    def __iter__(self) -> Iterator[tuple[int, bytes | None]]:
        r"""Line numbers from 1 and lines without their `\n`; None stands for a line above 32 MiB.

        The text after the last line end is a line unless it is empty.
        """
        number, pending, oversized, block = 0, b"", False, self.head
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
            block = self._read()
        if pending or oversized:
            yield number + 1, None if oversized else pending

    def _read(self) -> bytes:
        block = self._stream.read(BLOCK_BYTES)
        self._digest.update(block)
        self.bytes += len(block)
        return block
