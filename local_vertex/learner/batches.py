"""The steps of an epoch."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

_LARGEST = 64
_FEWEST_STEPS = 16


def steps_per_epoch(examples: int) -> int:
    """Steps of one epoch: batches of 64, smaller ones where that would leave fewer than 16 steps."""
    return max(1, examples // min(_LARGEST, max(1, examples // _FEWEST_STEPS)))


def batches(examples: int, random: np.random.Generator) -> list[npt.NDArray[np.int64]]:
    """The numbers of the examples of every step, in a new order."""
    return np.array_split(random.permutation(examples), steps_per_epoch(examples))
