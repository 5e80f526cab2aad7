"""Counts of sizes in bins, which can be added up whatever the number of examples."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

EXACT_BELOW = 1024
BINS_PER_OCTAVE = 64
_EXACT_BITS = 10
_FINE_BITS = 6
_MAD_TO_DEVIATION = 1.4826
"""Median absolute deviation to standard deviation, for a normal distribution."""
_BINS = EXACT_BELOW + (32 - _EXACT_BITS) * BINS_PER_OCTAVE


class Histogram:
    """How many examples have which size, for sizes below 2**32.

    Sizes below 1,024 are counted exactly, larger ones in bins that are at most 1.6 % wide.

    Attributes:
        total: Sum of all sizes.
        max: The largest size.
        at_max: How many examples have it.
    """

    def __init__(self, values: NDArray[np.integer[Any]]) -> None:
        self._counts = np.bincount(_bin_of(values), minlength=_BINS)
        self.total = int(values.sum(dtype=np.uint64))
        self.max = int(values.max(initial=0))
        self.at_max = int((values == self.max).sum())

    def merge(self, other: Histogram) -> None:
        """Add the counts of another one."""
        self._counts += other._counts
        self.total += other.total
        if other.max > self.max:
            self.max, self.at_max = other.max, 0
        self.at_max += other.at_max * (other.max == self.max)

    def percentile(self, percent: float) -> int:
        """The smallest size of the bin in which so many percent of the examples are reached; 0 without examples."""
        reached = np.cumsum(self._counts)
        if not reached[-1]:
            return 0
        return int(_smallest(np.searchsorted(reached, max(1, np.ceil(reached[-1] * percent / 100)))))

    def usual_range(self, deviations: float, factor: float) -> tuple[int, int]:
        """The sizes that are not out of the ordinary, smallest and largest.

        They lie within so many standard deviations of the median on a logarithmic scale, estimated from the median
        absolute deviation, and in any case within a factor of the median. (0, 0) without examples.

        Args:
            deviations: Number of standard deviations.
            factor: Sizes below the median times this, and above the median by it, are usual in any case.
        """
        bins = np.flatnonzero(self._counts)
        if not len(bins):
            return 0, 0
        logs, counts = np.log(np.maximum(_smallest(bins), 1)), self._counts[bins]
        middle = _weighted_median(logs, counts)
        deviation = _weighted_median(np.abs(logs - middle), counts) * _MAD_TO_DEVIATION
        width = max(np.log(factor), deviations * deviation)
        return int(np.ceil(np.exp(middle - width))), int(np.exp(middle + width))

    def outside(self, low: int, high: int) -> tuple[int, int]:
        """How many sizes are counted below `low` and above `high`."""
        sizes = _smallest(np.arange(_BINS))
        return int(self._counts[sizes < low].sum()), int(self._counts[sizes > high].sum())

    def bars(self, count: int = 24) -> list[tuple[int, int, int]]:
        """The distribution in bars of about equal width on a logarithmic scale: from, to (exclusive), examples.

        They begin at the smallest size, rounded down as counted, and end at the largest.
        """
        if not self.max:
            return []
        smallest = int(_smallest(np.flatnonzero(self._counts))[0])
        edges = np.array(sorted({int(edge) for edge in np.geomspace(max(smallest, 1), self.max + 1, count + 1)}))
        sizes = _smallest(np.arange(_BINS))
        bar = np.clip(np.searchsorted(edges, sizes, side="right") - 1, 0, len(edges) - 2)
        counts = np.bincount(bar, self._counts, minlength=len(edges) - 1)
        return [
            (int(low), int(high), int(number)) for low, high, number in zip(edges[:-1], edges[1:], counts, strict=True)
        ]


def counted_as(size: int) -> int:
    """The size that stands for this one in a histogram: the smallest of its bin."""
    return int(_smallest(_bin_of(np.array([size], np.int64)))[0])


def _weighted_median(values: NDArray[np.float64], counts: NDArray[np.int64]) -> float:
    order = np.argsort(values)
    reached = np.cumsum(counts[order])
    return float(values[order][np.searchsorted(reached, reached[-1] / 2)])


def _bin_of(values: NDArray[np.integer[Any]]) -> NDArray[np.int64]:
    small = values < EXACT_BELOW
    if small.all():
        return values.astype(np.int64)
    # Exact up to 2**53, so the exponent is that of the integer.
    exponents = np.frexp(np.maximum(values, 1).astype(np.float64))[1].astype(np.int64) - 1
    fine = (values.astype(np.int64) >> np.maximum(exponents - _FINE_BITS, 0)) & (BINS_PER_OCTAVE - 1)
    return np.where(small, values, EXACT_BELOW + (exponents - _EXACT_BITS) * BINS_PER_OCTAVE + fine)


def _smallest(bins: NDArray[np.int64]) -> NDArray[np.int64]:
    octave, fine = np.divmod(np.maximum(bins - EXACT_BELOW, 0), BINS_PER_OCTAVE)
    return np.where(bins < EXACT_BELOW, bins, (BINS_PER_OCTAVE + fine) << (octave + _EXACT_BITS - _FINE_BITS))
