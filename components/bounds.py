"""Bounds of a settings field, without the price of a parser."""

from __future__ import annotations

from typing import Any


class Bounds:
    """What a number, or the length of a text or list, must keep to: `Annotated[int, Bounds(ge=1)]`.

    Pydantic reads it like its own `Field`. Settings that every dataset command needs are plain dataclasses with these
    bounds, as importing pydantic takes longer than checking ten thousand examples; it is imported where a
    configuration is read, and only there are bounds checked.

    Source of the method's name: "Custom types", https://docs.pydantic.dev/latest/concepts/types/.
    """

    def __init__(self, **bounds: float) -> None:
        """Take the bounds by their names in pydantic: `ge`, `gt`, `le`, `lt`, `min_length`, `max_length`."""
        self._bounds = bounds

    def __get_pydantic_core_schema__(self, source: Any, handler: Any) -> dict[str, Any]:
        """The schema of the field's type with the bounds added."""
        return {**handler(source), **self._bounds}
