"""What the ratings of a run say about themselves."""

from __future__ import annotations

import msgspec


class RatingReport(msgspec.Struct, frozen=True):
    """How many pairs people have rated, and how far they agree.

    Attributes:
        name: The metric, `rating:NAME`.
        question: What people were asked.
        pairs: Pairs of answers that the metric asks about.
        rated: Of those, rated by as many people as are wanted.
        raters: People who rated any of them.
        ratings: What they said, one per person and pair.
        skipped: Of those, by people who could not tell.
        both_bad: Of those, that both answers are bad; they count as a tie.
        agreement: Mean share of two raters of a pair who say the same; None without such a pair.
        alpha: Krippendorff's alpha of the same, by better, worse and neither; None where nothing is to be told apart.
        left_preferred: Share of those who preferred one that preferred the one on the left, 0.5 without a position
            bias; None where nobody did.
    """

    name: str
    question: str
    pairs: int
    rated: int
    raters: int
    ratings: int
    skipped: int
    both_bad: int
    agreement: float | None
    alpha: float | None
    left_preferred: float | None

    @property
    def complete(self) -> bool:
        """Whether the metric has a value: all pairs are rated, and not only by people who could not tell."""
        return self.rated == self.pairs and (self.skipped < self.ratings or not self.pairs)
