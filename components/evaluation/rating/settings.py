"""The `evaluation.ratings` section of the configuration."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from components.settings import Settings

RATING_METRIC = "rating:"


class RatingSettings(Settings):
    """What people are asked, whose answers the gate and the report call `rating:NAME`.

    Attributes:
        question: Stands above every pair of answers.
        rows: How many rows on which the two answers differ are asked about, for each candidate and what it is compared
            with; rows are drawn from the whole test set, and those whose answers are equal count without being asked.
        raters: How many people must have said something about every pair before it counts.
        show_reference: Whether raters see the wanted answer.
    """

    question: Annotated[str, Field(min_length=1, max_length=500)] = "Which answer is better?"
    rows: Annotated[int, Field(ge=10, le=5_000)] = 50
    raters: Annotated[int, Field(ge=1, le=50)] = 1
    show_reference: bool = True
