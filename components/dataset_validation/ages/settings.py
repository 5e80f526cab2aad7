"""What the configuration says about the dates of examples."""

from __future__ import annotations

from pydantic import Field

from components.settings import Settings


class AgeSettings(Settings):
    """Where the date of an example stands, and how old it may be.

    Attributes:
        field: The key of a JSON object in a prompt or an answer, a dotted path to one, or the name in a line
            `name: value` of the prompt or system instruction; None, and no dates are looked at. The files are then read
            once more.
        max_days: How many days an example may be older than the newest one of the dataset.
    """

    field: str | None = Field(default=None, min_length=1)
    max_days: int = Field(default=730, ge=1)
