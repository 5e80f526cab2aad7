"""An estimate with its confidence interval, and the few numbers that every method here shares."""

from __future__ import annotations

from statistics import NormalDist
from typing import TypedDict

import msgspec
import numpy as np
from numpy.typing import NDArray

Scores = NDArray[np.float64]
NORMAL = NormalDist()
# Sums of the same numbers in another order differ by rounding; they must count as ties.
ROUNDING = 1e-9


class Interval(msgspec.Struct, frozen=True):
    """An estimate with its confidence interval; not a number where there is no estimate."""

    mean: float
    low: float
    high: float

    def flipped(self) -> Interval:
        """The same with the other sign: what was a loss is a gain."""
        return Interval(-self.mean, -self.high, -self.low)

    def complement(self) -> Interval:
        """The share of everything else."""
        return Interval(1 - self.mean, 1 - self.high, 1 - self.low)


class Sampling(TypedDict):
    """How many resamples, from which seed."""

    resamples: int
    seed: int


def interval_of_alike(mean: float, rows: int, confidence: float, *, worst: float, best: float) -> Interval:
    """The interval when all rows came out alike, where resampling would claim certainty from three rows.

    With probability α/2 all rows come out alike although a share 1 - (α/2)^(1/n) of all cases does not, and those
    could be as bad as `worst` or as good as `best`.
    """
    alike = ((1 - confidence) / 2) ** (1 / rows)
    return Interval(mean, mean * alike + worst * (1 - alike), mean * alike + best * (1 - alike))
