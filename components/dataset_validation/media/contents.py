"""What the bytes of a file say of it: length, pages, whether it is an image; hostile bytes included.

The libraries are written in Python and read what anybody may have uploaded, so this module runs in a process of its own
with limits on time and memory, and whatever they raise means that the file cannot be read.
"""

from __future__ import annotations

import io
import signal
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, cast

from components.dataset_validation.media.partial_file import PartialFile

MAX_SECONDS = 10.0
MAX_MEMORY_BYTES = 1 << 30
_IMAGE_FORMATS = ("PNG", "JPEG", "WEBP")


@dataclass(frozen=True)
class Contents:
    """What was read of one file.

    Attributes:
        seconds: Length of audio or video; None when it was not asked for or cannot be read.
        pages: Pages of a document, in the same way.
        problem: Why the file cannot be read; empty when it can.
    """

    seconds: float | None = None
    pages: int | None = None
    problem: str = ""


class _TooLong(BaseException):
    """No `Exception`, because libraries catch those and go on."""


def limit_process() -> None:
    """Let this process have no more memory than it needs for one file."""
    if sys.platform == "linux":
        import resource

        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
        allowed = pages * resource.getpagesize() + MAX_MEMORY_BYTES
        resource.setrlimit(resource.RLIMIT_AS, (allowed, allowed))


def read_contents(modality: str, head: bytes, tail: bytes, size: int) -> Contents:
    """What a file says of itself.

    Args:
        modality: `image`, `audio`, `video` or `document`.
        head: Its first bytes.
        tail: Its last bytes; empty when the head is the whole file.
        size: Bytes of the whole file.
    """
    file = PartialFile(head, tail, size)
    try:
        signal.signal(signal.SIGALRM, _give_up)
        signal.setitimer(signal.ITIMER_REAL, MAX_SECONDS, 0.1)
        try:
            return _read(modality, head, file)
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
    except _TooLong:
        return Contents(problem=f"reading it takes longer than {MAX_SECONDS:g} s")
    except (Exception, RecursionError, MemoryError) as error:
        if file.missed:
            return Contents(problem="what is needed lies neither at its beginning nor at its end")
        # Messages of the libraries quote the file.
        return Contents(problem=f"it is damaged or of another type ({type(error).__name__})")


def _give_up(*_: Any) -> None:
    raise _TooLong


def _read(modality: str, head: bytes, file: PartialFile) -> Contents:
    if modality == "document":
        return Contents(pages=_pages(head))
    if modality == "image":
        # No kept library reads HEIC and HEIF.
        if head[4:8] != b"ftyp":
            _check_image(file)
        return Contents()
    return _length(file)


def _pages(whole: bytes) -> int:
    import logging

    from pypdf import PdfReader

    logging.getLogger("pypdf").setLevel(logging.CRITICAL)
    return len(PdfReader(io.BytesIO(whole)).pages)


def _check_image(file: PartialFile) -> None:
    from PIL import Image

    with Image.open(cast(BinaryIO, file), formats=_IMAGE_FORMATS) as image:
        if file.is_whole:
            image.verify()


def _length(file: PartialFile) -> Contents:
    from tinytag import TinyTag

    tag = TinyTag.get(file_obj=cast(BinaryIO, file), tags=False)
    seconds = tag.duration
    if not seconds or not 0 < seconds < 1e9:
        return Contents(problem="its header gives no length")
    # A recording that was streamed has an endless length in its header.
    if tag.bitrate and tag.bitrate * 125 * seconds > 2 * file.size + 1_000_000:
        return Contents(problem="the length in its header does not fit its size")
    return Contents(seconds=seconds)
