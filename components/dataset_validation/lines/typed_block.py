"""Reads the lines of a block in the fast way, and checks what can be checked of all of them at once."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from components.dataset_validation.lines.characters import may_have_unwanted
from components.dataset_validation.lines.reading import Reading
from components.dataset_validation.lines.typed_line import (
    NOT_TYPED,
    USUAL_QUOTES,
    decode_line,
    has_quotes,
    typed_reading,
    usual_texts,
)

_QUOTE = ord('"')
_BACKSLASH = ord("\\")

TypedLine = tuple[str, str] | tuple[Reading, int] | None
"""Question and answer of a usual line, or a reading and the number of quotes that explain it, or None where only the
exact reader can tell."""


def read_block(block: bytes, lines: Sequence[bytes]) -> list[TypedLine]:
    """What the lines of a block say.

    Args:
        block: The lines with their line ends.
        lines: The same without them.
    """
    found: list[TypedLine] = []
    for line in lines:
        try:
            example = decode_line(line)
        except NOT_TYPED:
            found.append(None)
            continue
        found.append(usual_texts(example) or typed_reading(example))
    if may_have_unwanted(block):
        found = [None if may_have_unwanted(line) else one for line, one in zip(lines, found, strict=True)]
    if not _explain_all_quotes(block, lines, found):
        found = [
            one if one is not None and has_quotes(line, _quotes(one)) else None
            for line, one in zip(lines, found, strict=True)
        ]
    return found


def _quotes(found: tuple[str, str] | tuple[Reading, int]) -> int:
    return found[1] if isinstance(found[1], int) else USUAL_QUOTES


def _explain_all_quotes(block: bytes, lines: Sequence[bytes], found: Sequence[TypedLine]) -> bool:
    r"""Whether the block has exactly the quotes that its lines explain.

    No line has fewer quotes than its strings, so where the sum is right every line is. A quote inside a string is
    escaped; where a backslash is escaped too, `\"` may be either, and the lines have to be looked at.
    """
    if None in found:
        block = b"\n".join([line for line, one in zip(lines, found, strict=True) if one is not None])
    expected = sum([_quotes(one) for one in found if one is not None])
    codes = np.frombuffer(block, np.uint8)
    quotes = codes == _QUOTE
    count = int(np.count_nonzero(quotes))
    if count == expected:
        return True
    if b"\\\\" in block:
        return False
    return count - int(np.count_nonzero(quotes[1:] & (codes[:-1] == _BACKSLASH))) == expected
