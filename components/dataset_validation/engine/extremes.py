"""The rows with the largest and the smallest sizes."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

KEPT = 20

Sized = tuple[int, int]
"""A size and its row."""


class Extremes:
    """The twenty largest and the twenty smallest sizes with their rows; of equal sizes the first rows count.

    Attributes:
        largest: Sizes and rows, the largest first.
        smallest: Sizes and rows, the smallest first.
    """

    def __init__(self, sizes: NDArray[np.integer[Any]]) -> None:
        self.smallest = _first_smallest(sizes)
        self.largest = [(-size, row) for size, row in _first_smallest(-sizes.astype(np.int64))]

    def merge(self, later: Extremes, rows_before: int) -> None:
        """Add what was found in rows further down, where row 0 stands after so many rows."""
        self.smallest = sorted(self.smallest + _moved(later.smallest, rows_before))[:KEPT]
        largest = self.largest + _moved(later.largest, rows_before)
        self.largest = sorted(largest, key=lambda one: (-one[0], one[1]))[:KEPT]


def _first_smallest(sizes: NDArray[np.integer[Any]]) -> list[Sized]:
    if len(sizes) <= KEPT:
        rows = np.arange(len(sizes))
    else:
        bound = np.partition(sizes, KEPT - 1)[KEPT - 1]
        below = np.flatnonzero(sizes < bound)
        rows = np.concatenate((below, np.flatnonzero(sizes == bound)[: KEPT - len(below)]))
    return sorted((int(sizes[row]), int(row)) for row in rows)


def _moved(found: list[Sized], rows: int) -> list[Sized]:
    return [(size, row + rows) for size, row in found]
