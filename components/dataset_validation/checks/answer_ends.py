"""Counts how long answers end, because one that ends in the middle of a sentence was probably cut off."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from components.dataset_validation.checks.answer_tally import KEPT_ROWS, FormRows

LONG_CHARS = 80
"""Shorter answers are often labels, names or phrases, which end without a mark."""
MAX_ENDS = 1000
_ASCII = [chr(code) for code in range(128)]


class AnswerEnds:
    """The last characters of the long answers of one split.

    Attributes:
        ends: Occurrences by last character.
    """

    def __init__(self) -> None:
        self.ends: dict[str, FormRows] = {}

    def add_all(self, row: int, answers: Sequence[bytes], chars: NDArray[np.integer[Any]]) -> None:
        """Count the answers of consecutive rows.

        Args:
            row: The row of the first.
            answers: The answers in UTF-8.
            chars: How many characters each has.
        """
        long = np.flatnonzero(chars >= LONG_CHARS).tolist()
        lasts = [answers[place][-1] for place in long]
        ends = [
            _ASCII[last] if last < len(_ASCII) else _last_char(answers[place])
            for place, last in zip(long, lasts, strict=True)
        ]
        short_of_rows: dict[str, list[int]] = {}
        for end, count in Counter(ends).items():
            seen = self.ends.get(end)
            if seen is None:
                if len(self.ends) >= MAX_ENDS:
                    continue
                seen = self.ends[end] = FormRows()
            seen.count += count
            if len(seen.rows) < KEPT_ROWS:
                short_of_rows[end] = seen.rows
        if not short_of_rows:
            return
        for place, end in [(place, end) for place, end in zip(long, ends, strict=True) if end in short_of_rows]:
            if len(short_of_rows[end]) < KEPT_ROWS:
                short_of_rows[end].append(row + place)

    def merge(self, later: AnswerEnds, rows_before: int) -> None:
        """Add the answers of rows further down, where row 0 stands after so many rows."""
        for end, found in later.ends.items():
            if end in self.ends or len(self.ends) < MAX_ENDS:
                seen = self.ends.setdefault(end, FormRows())
                seen.count += found.count
                seen.rows += [row + rows_before for row in found.rows[: KEPT_ROWS - len(seen.rows)]]


def _last_char(text: bytes) -> str:
    # The bytes of the character before that are cut are no UTF-8.
    return text[-4:].decode(errors="ignore")[-1]
