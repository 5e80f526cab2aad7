"""The shape as strict pydantic models with the validators that one would write; `--types` leaves these away."""

import sys
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

CHECKS = "shape, roles and their order, empty texts"
WHOLE = "--types" not in sys.argv


class Strict(BaseModel):
    """No other keys, no conversions."""

    model_config = ConfigDict(extra="forbid", strict=True)


class File(Strict):
    """A file."""

    mimeType: str
    fileUri: str


class Part(Strict):
    """A text or a file."""

    text: str | None = Field(default=None, min_length=1)
    fileData: File | None = None

    if WHOLE:

        @model_validator(mode="after")
        def one_thing(self) -> Self:
            """Refuse none and both."""
            if (self.text is None) == (self.fileData is None):
                raise ValueError("a part is a text or a file")
            return self


class System(Strict):
    """A system instruction."""

    parts: list[Part] = Field(min_length=1)


class Turn(System):
    """A turn."""

    role: Literal["user", "model"]


class Example(Strict):
    """A line."""

    contents: list[Turn] = Field(min_length=2)
    systemInstruction: System | None = None

    if WHOLE:

        @model_validator(mode="after")
        def in_turn(self) -> Self:
            """Refuse roles in another order."""
            if [turn.role for turn in self.contents] != ["user", "model"] * (len(self.contents) // 2):
                raise ValueError("user and model take turns, and the model has the last word")
            return self


with open(sys.argv[1], "rb") as file:
    for line in file:
        Example.model_validate_json(line)
