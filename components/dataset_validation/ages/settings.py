"""What the configuration says about the dates of examples."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from components.bounds import Bounds


@dataclass(frozen=True, kw_only=True)
class AgeSettings:
    """Where the date of an example stands, and how old it may be.

    Attributes:
        field: The key of a JSON object in a prompt or an answer, a dotted path to one, or the name in a line
            `name: value` of the prompt or system instruction; None, and no dates are looked at. The files are then read
            once more.
        max_days: How many days an example may be older than the newest one of the dataset.
    """

    field: Annotated[str, Bounds(min_length=1)] | None = None
    max_days: Annotated[int, Bounds(ge=1)] = 730
