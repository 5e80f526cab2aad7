"""The shape of an example as pydantic models: what many teams write, and all it checks is the shape."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class _File(_Strict):
    mimeType: str
    fileUri: str


class _Part(_Strict):
    text: str | None = Field(default=None, min_length=1)
    fileData: _File | None = None


class _Turn(_Strict):
    role: Literal["user", "model"]
    parts: list[_Part] = Field(min_length=1)


class _System(_Strict):
    parts: list[_Part] = Field(min_length=1)


class _Line(_Strict):
    contents: list[_Turn] = Field(min_length=2)
    systemInstruction: _System | None = None


def check(path: str) -> None:
    """Validate every line."""
    with open(path, "rb") as file:  # noqa: PTH123
        for line in file:
            _Line.model_validate_json(line)
