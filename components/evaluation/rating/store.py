"""What people said, kept for good: a pair of answers that was rated once is not asked about again."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Literal

import msgspec

from components.evaluation.parts import Parts, PartStorage

Choice = Literal["first", "second", "tie", "both_bad", "skip"]


class Rating(msgspec.Struct, frozen=True):
    """What one person said about one pair of answers.

    Attributes:
        pair: The pair's key.
        rater: Who, by the name they gave.
        choice: The better answer, or that both are as good, both bad, or that they cannot tell.
        first_left: Whether the first answer was shown on the left.
        review: The page on which it was asked.
    """

    pair: str
    rater: str
    choice: Choice
    first_left: bool
    review: str

    @property
    def preference(self) -> float | None:
        """How far the first answer is preferred, from 0 to 1; None from somebody who cannot tell."""
        return {"first": 1.0, "second": 0.0, "tie": 0.5, "both_bad": 0.5, "skip": None}[self.choice]


class RatingStore:
    """The ratings of one name.

    Args:
        storage: Cloud Storage, or a folder.
        root: Prefix of all ratings of the model line.
        name: As in `evaluation.ratings`.
    """

    def __init__(self, storage: PartStorage, root: str, name: str) -> None:
        self._parts = Parts(storage, f"{root}/{name}", Rating)

    def by_pair(self) -> dict[str, dict[str, Rating]]:
        """By pair and rater's name in small letters, the last thing that they said."""
        found: defaultdict[str, dict[str, Rating]] = defaultdict(dict)
        for one in self._parts.read():
            found[one.pair][one.rater.casefold()] = one
        return dict(found)

    def append(self, ratings: Sequence[Rating]) -> None:
        """Keep them all, or none where storage fails."""
        self._parts.append(ratings)
