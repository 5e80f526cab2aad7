"""Counts how long answers end, because one that ends in the middle of a sentence was probably cut off."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from components.dataset_validation.checks.answer_tally import KEPT_ROWS, FormRows

LONG_CHARS = 80
"""Shorter answers are often labels, names or phrases, which end without a mark."""
MAX_ENDS = 1000


class AnswerEnds:
    """The last characters of the long answers of one split.

    Attributes:
        ends: Occurrences by last character.
    """

    def __init__(self) -> None:
        self.ends: dict[str, FormRows] = {}

    def add_all(self, row: int, answers: Sequence[str]) -> None:
        """Count the answers of consecutive rows, of which the first is given."""
        ends = [answer[-1] if len(answer) >= LONG_CHARS else "" for answer in answers]
        short_of_rows: dict[str, list[int]] = {}
        for end, count in Counter(ends).items():
            if not end:
                continue
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
        for place, end in enumerate(ends, start=row):
            rows = short_of_rows.get(end)
            if rows is not None and len(rows) < KEPT_ROWS:
                rows.append(place)

    def merge(self, later: AnswerEnds, rows_before: int) -> None:
        """Add the answers of rows further down, where row 0 stands after so many rows."""
        for end, found in later.ends.items():
            if end in self.ends or len(self.ends) < MAX_ENDS:
                seen = self.ends.setdefault(end, FormRows())
                seen.count += found.count
                seen.rows += [row + rows_before for row in found.rows[: KEPT_ROWS - len(seen.rows)]]
