"""Reads the lines of a block in the fast way, and checks what can be checked of all of them at once."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from components.dataset_validation.lines.characters import may_have_unwanted
from components.dataset_validation.lines.typed_line import (
    NOT_TYPED,
    TypedLine,
    decode_line,
    has_quotes,
    typed_texts,
)

_QUOTE = ord('"')
_BACKSLASH = ord("\\")


def read_block(block: bytes, lines: Sequence[bytes]) -> list[TypedLine | None]:
    """What the lines of a block say; None where only the exact reader can tell.

    Args:
        block: The lines with their line ends.
        lines: The same without them.
    """
    found: list[TypedLine | None] = []
    for line in lines:
        try:
            found.append(typed_texts(decode_line(line)))
        except NOT_TYPED:
            found.append(None)
    if may_have_unwanted(block):
        found = [None if may_have_unwanted(line) else one for line, one in zip(lines, found, strict=True)]
    if not _explain_all_quotes(block, lines, found):
        found = [
            one if one is not None and has_quotes(line, one[3]) else None
            for line, one in zip(lines, found, strict=True)
        ]
    return found


def _explain_all_quotes(block: bytes, lines: Sequence[bytes], found: Sequence[TypedLine | None]) -> bool:
    r"""Whether the block has exactly the quotes that its lines explain.

    No line has fewer quotes than its strings, so where the sum is right every line is. A quote inside a string is
    escaped; where a backslash is escaped too, `\"` may be either, and the lines have to be looked at.
    """
    if None in found:
        block = b"\n".join([line for line, one in zip(lines, found, strict=True) if one is not None])
    expected = sum([one[3] for one in found if one is not None])
    codes = np.frombuffer(block, np.uint8)
    quotes = codes == _QUOTE
    count = int(np.count_nonzero(quotes))
    if count == expected:
        return True
    if b"\\\\" in block:
        return False
    return count - int(np.count_nonzero(quotes[1:] & (codes[:-1] == _BACKSLASH))) == expected
