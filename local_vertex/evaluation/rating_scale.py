"""The scale that a metric prompt template tells the judge to rate on."""

from __future__ import annotations

import re
from dataclasses import dataclass

# Templates come from strangers: every repetition is bounded.
_RUBRIC = re.compile(r"^[ \t*-]{0,8}(-?\d{1,3})[ \t*]{0,4}[:(=–]", re.MULTILINE)
_RANGE = re.compile(
    r"\b(?:scale|scores?|rate|rating)\b[^.\n\d]{0,60}?(-?\d{1,3})[ \t]{0,2}(?:to|and|-|–|~)[ \t]{0,2}(-?\d{1,3})\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class RatingScale:
    """The lowest and the highest rating."""

    lowest: int = 1
    highest: int = 5

    def rating(self, quality: float) -> int:
        """The whole rating of a quality from 0 to 1."""
        return round(self.lowest + min(max(quality, 0.0), 1.0) * (self.highest - self.lowest))


def read_scale(template: str) -> RatingScale:
    """The scale of a template: its rubric (`5: …`, `5 (good): …`), a range (`rate from 1 to 10`), else 1 to 5."""
    ratings = {int(found) for found in _RUBRIC.findall(template)}
    if len(ratings) > 1:
        return RatingScale(min(ratings), max(ratings))
    if found := _RANGE.search(template):
        first, last = int(found[1]), int(found[2])
        if first < last:
            return RatingScale(first, last)
    return RatingScale()
