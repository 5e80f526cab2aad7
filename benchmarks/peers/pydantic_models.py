"""The shape as pydantic models, in strict mode."""

import sys
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

CHECKS = "shape, roles, empty texts"


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


with open(sys.argv[1], "rb") as file:
    for line in file:
        Example.model_validate_json(line)
