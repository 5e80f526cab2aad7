"""A file of which only the beginning and the end were fetched."""

from __future__ import annotations

import io
from typing import Any


class PartialFile(io.RawIOBase):
    """A file of which the beginning and the end are known.

    Attributes:
        size: Bytes of the whole file.
        missed: Whether something between them was asked for.
    """

    def __init__(self, head: bytes, tail: bytes, size: int) -> None:
        self._head, self._tail = head, tail
        self._position = 0
        self.size = size
        self.missed = False

    @property
    def is_whole(self) -> bool:
        """Whether nothing between beginning and end is missing."""
        return len(self._head) >= self.size

    def readable(self) -> bool:
        """Always."""
        return True

    def seekable(self) -> bool:
        """Always."""
        return True

    def tell(self) -> int:
        """The place that is read next."""
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Go to a place, which may lie behind the end."""
        begin = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self.size}[whence]
        if begin + offset < 0:
            raise OSError("a place before the beginning")
        self._position = begin + offset
        return self._position

    def readinto(self, buffer: Any) -> int:
        """Fill the buffer, as far as the file goes."""
        data = self._at(self._position, min(len(buffer), self.size - self._position))
        buffer[: len(data)] = data
        self._position += len(data)
        return len(data)

    def read(self, size: int = -1) -> bytes:
        """So many bytes, or all that are left."""
        left = max(self.size - self._position, 0)
        data = self._at(self._position, left if size is None or size < 0 else min(size, left))
        self._position += len(data)
        return data

    def _at(self, start: int, length: int) -> bytes:
        """These bytes, never fewer: a short answer would pass for the end of the file."""
        stop, tail_start = start + length, self.size - len(self._tail)
        if length <= 0:
            return b""
        if stop <= len(self._head):
            return self._head[start:stop]
        if start < tail_start:
            self.missed = True
            raise OSError("this part of the file was not fetched")
        return self._tail[start - tail_start : stop - tail_start]
