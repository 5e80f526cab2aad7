"""What may follow what in an answer: the runs of three pieces of the training answers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import pairwise

import numpy as np
import numpy.typing as npt

Runs = npt.NDArray[np.int32]


class Continuations:
    """The pieces that follow two others, and how often one training answer has that run at most.

    The grammar of a model this small: it chooses only among pieces that training answers have in the same place, so
    that what it writes is made of their phrases. The limit ends what would turn in a circle.
    """

    def __init__(self) -> None:
        self._following: dict[tuple[int, int], dict[int, int]] = {}

    def learn(self, answers: Iterable[Sequence[int]], start: int) -> None:
        """Take note of the runs of answers, each with its end; two of `start` come before the first piece."""
        for answer in answers:
            pairs = pairwise([start, start, *answer])
            for (pair, piece), count in Counter(zip(pairs, answer, strict=False)).items():
                known = self._following.setdefault(pair, {})
                known[piece] = max(count, known.get(piece, 0))

    def after(self, pair: tuple[int, int]) -> dict[int, int]:
        """How often each piece may follow this pair."""
        return self._following.get(pair, {})

    def to_array(self) -> Runs:
        """What `from_array` reads: two pieces, the next one and its limit in every row."""
        runs = [(*pair, piece, limit) for pair, pieces in self._following.items() for piece, limit in pieces.items()]
        return np.array(runs, np.int32).reshape(-1, 4)

    @classmethod
    def from_array(cls, runs: Runs) -> Continuations:
        """The continuations that were saved."""
        found = cls()
        for first, second, piece, limit in runs.tolist():
            found._following.setdefault((first, second), {})[piece] = limit
        return found
