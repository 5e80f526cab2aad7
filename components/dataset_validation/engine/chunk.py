"""Cuts files into chunks of a fixed size at line ends."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Protocol

from components.dataset_validation.lines.line_stream import MAX_LINE_BYTES

CHUNK_BYTES = 8 << 20


@dataclass(frozen=True)
class Chunk:
    """The lines that begin inside one range of a file.

    Attributes:
        data: These lines; the last one may lack its line end. None when `path` says where to read them.
        oversized: Whether a line above 32 MiB follows, which is not in the data.
        path: The file.
        start: First byte of the range.
        stop: Byte after the range.
    """

    data: bytes | None = None
    oversized: bool = False
    path: Path | None = None
    start: int = 0
    stop: int = 0

    def read(self) -> Lines:
        """The lines of the chunk."""
        if self.data is not None:
            return Lines(self.data, 0, b"", self.oversized)
        assert self.path is not None
        with self.path.open("rb", buffering=0) as raw:
            return _lines_between(io.BufferedReader(raw, 1 << 16), self.start, self.stop)


@dataclass(frozen=True)
class Lines:
    """Bytes that hold whole lines.

    Attributes:
        data: The lines begin somewhere in it.
        begin: Where they begin.
        rest: The end of the last line, when it does not lie in the data.
        oversized: Whether a line above 32 MiB follows.
    """

    data: bytes
    begin: int
    rest: bytes
    oversized: bool

    def blocks(self, size: int) -> Iterator[bytes]:
        """Pieces of about this size that end at line ends."""
        data, begin = self.data, self.begin
        while begin < len(data):
            end = data.find(b"\n", begin + size) + 1
            if end == 0:
                yield data[begin:] + self.rest
                return
            yield data[begin:end]
            begin = end


def ranges(path: Path, size: int, chunk_bytes: int) -> Iterator[Chunk]:
    """The chunks of a local file, whose lines are read where they are needed."""
    for start in range(0, size, chunk_bytes):
        yield Chunk(path=path, start=start, stop=min(start + chunk_bytes, size))


def _lines_between(stream: IO[bytes], start: int, stop: int) -> Lines:
    """The lines that begin in the range; one that does not end in it is read to its end, or to 32 MiB."""
    stream.seek(max(start - 1, 0))
    data = stream.read(stop - max(start - 1, 0))
    # The line that reaches into the range belongs to the chunk before, unless it ends right there.
    begin = data.find(b"\n") + 1 if start else 0
    if (start and not begin) or begin == len(data) or data.endswith(b"\n"):
        return Lines(data if begin or not start else b"", begin, b"", oversized=False)
    last = data.rfind(b"\n") + 1
    begun = len(data) - last
    rest = stream.readline(max(MAX_LINE_BYTES + 2 - begun, 0))
    if begun + len(rest.removesuffix(b"\n")) > MAX_LINE_BYTES:
        return Lines(data[:last], begin, b"", oversized=True)
    return Lines(data, begin, rest, oversized=False)


class Readable(Protocol):
    """Something with bytes to read."""

    def read(self, size: int, /) -> bytes:
        """The next bytes, at most so many; none at the end."""
        ...


class StreamChunks:
    """The chunks of a stream, the same as those of a file with its bytes.

    Attributes:
        bytes: Bytes read so far.
        sha256: Digest of what was read.
    """

    def __init__(self, stream: Readable, chunk_bytes: int) -> None:
        self._stream = stream
        self._chunk_bytes = chunk_bytes
        self.bytes = 0
        self.sha256 = hashlib.sha256()

    def __iter__(self) -> Iterator[Chunk]:
        """Each chunk as soon as its last line is whole."""
        waiting, open_bytes, oversized = bytearray(), 0, False
        begun = False
        while block := self._block():
            if begun and open_bytes:
                end = block.find(b"\n")
                rest = block if end < 0 else block[: end + 1]
                if not oversized:
                    waiting += rest
                open_bytes += len(rest.removesuffix(b"\n"))
                if open_bytes > MAX_LINE_BYTES and not oversized:
                    del waiting[waiting.rfind(b"\n", 0, len(waiting) - 1) + 1 :]
                    oversized = True
                if end < 0:
                    continue
                block = block[end + 1 :]
            if begun:
                yield Chunk(bytes(waiting), oversized)
            waiting, oversized, begun = bytearray(block), False, True
            open_bytes = len(block) - (block.rfind(b"\n") + 1)
        if begun:
            yield Chunk(bytes(waiting), oversized)

    def _block(self) -> bytes:
        block = b""
        while len(block) < self._chunk_bytes and (more := self._stream.read(self._chunk_bytes - len(block))):
            block = block + more if block else more
        self.sha256.update(block)
        self.bytes += len(block)
        return block
