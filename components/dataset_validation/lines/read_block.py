"""Reads the lines of a block in the fastest way that can tell what they say."""

from __future__ import annotations

from components.dataset_validation.lines.line_texts import LineTexts
from components.dataset_validation.lines.reading import Reading
from components.dataset_validation.lines.typed_block import read_typed_lines


def unread_lines(block: bytes, /) -> list[LineTexts | bytes]:
    """The lines of a block, none of which is read: what stands for the reader in C where that was not built."""
    lines: list[LineTexts | bytes] = [*block.split(b"\n")]
    if not lines[-1]:
        lines.pop()
    return lines


try:
    from components.dataset_validation.lines.native.plain_lines import read_lines
except ImportError:  # There was no C compiler when Retune was installed.
    read_lines = unread_lines


def read_block(block: bytes) -> list[LineTexts | Reading | bytes]:
    """What the lines of a block say: the texts of a line, or its reading where it names files.

    A line is given back as it is where only the exact reader can tell.
    """
    found: list[LineTexts | Reading | bytes] = [*read_lines(block)]
    unread = {place: one for place, one in enumerate(found) if isinstance(one, bytes)}
    if unread:
        for place, typed in zip(unread, read_typed_lines(list(unread.values())), strict=True):
            if typed is not None:
                found[place] = typed
    return found
