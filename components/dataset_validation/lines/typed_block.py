"""Reads the lines of a block in the fast way, and checks what can be checked of all of them at once."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from components.dataset_validation.lines.characters import (
    BACKSLASH,
    PIECE_BYTES,
    may_escape_unwanted,
    may_have_unwanted,
)
from components.dataset_validation.lines.line_texts import LineTexts, line_texts
from components.dataset_validation.lines.reading import Reading
from components.dataset_validation.lines.typed_line import (
    NOT_TYPED,
    TypedLine,
    all_wanted,
    decode_escaped,
    decode_line,
    has_quotes,
    typed_texts,
)

_QUOTE = ord('"')


def read_typed_lines(lines: Sequence[bytes]) -> list[LineTexts | Reading | None]:
    """What lines say: their texts, a reading where a line names files; None where only the exact reader can tell."""
    return [None if one is None else one[4] or line_texts(*one[:3]) for one in _typed(b"\n".join(lines), lines)]


def _typed(block: bytes, lines: Sequence[bytes]) -> list[TypedLine | None]:
    escaped = may_escape_unwanted(lines) if b"\\" in block else set()
    found: list[TypedLine | None] = []
    for place, line in enumerate(lines):
        try:
            example = decode_escaped(line) if place in escaped else decode_line(line)
        except NOT_TYPED:
            found.append(None)
            continue
        found.append(None if place in escaped and not all_wanted(example) else typed_texts(example))
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
    escaped; where the backslash before it may be the second one of a pair, the lines have to be looked at.
    """
    if None in found:
        block = b"\n".join([line for line, one in zip(lines, found, strict=True) if one is not None])
    unexplained = -sum([one[3] for one in found if one is not None])
    codes = np.frombuffer(block, np.uint8)
    for start in range(0, len(codes), PIECE_BYTES):
        unexplained += int(np.count_nonzero(codes[start : start + PIECE_BYTES] == _QUOTE))
    if unexplained <= 0 or b'\\\\"' in block:
        return unexplained == 0
    for start in range(0, len(codes), PIECE_BYTES):
        piece = codes[start : start + PIECE_BYTES + 1]
        unexplained -= int(np.count_nonzero((piece[1:] == _QUOTE) & (piece[:-1] == BACKSLASH)))
    return unexplained == 0
