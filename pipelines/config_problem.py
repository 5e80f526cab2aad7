"""What is wrong with a configuration, in the words of its file."""

from __future__ import annotations

import types
import typing
from collections.abc import Mapping
from dataclasses import is_dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from components.dataset_validation.shape.spelling import nearest
from components.errors import RetuneError, configuration_error
from components.settings import Settings

Location = tuple[int | str, ...]
_UNKNOWN_KEY = ("extra_forbidden", "unexpected_keyword_argument")
"""Of a pydantic model, and of a dataclass (https://docs.pydantic.dev/latest/errors/validation_errors/)."""


def first_problem(error: ValidationError, kind: Any, path: Path, below: Location = ()) -> RetuneError:
    """The first problem that pydantic found.

    Args:
        error: What was found.
        kind: What was read: a settings class, or a dictionary of such.
        path: The configuration file.
        below: Where in the configuration it stands; empty for all of it.

    Returns:
        `CONFIG-KEY` for a key that is unknown or missing, otherwise `CONFIG-VALUE`; each names the key.
    """
    problems = error.errors(include_url=False)
    # A misspelt key is missing and unknown at once: the unknown one says what to correct.
    first = next((one for one in problems if one["type"] in _UNKNOWN_KEY), problems[0])
    location: Location = first["loc"]
    key = _dotted((*below, *location))
    if first["type"] in _UNKNOWN_KEY:
        known = sorted(_kinds(_kind_at(kind, location[:-1])))
        meant = nearest(str(location[-1]), known)
        hint = f"; did you mean {meant!r}?" if meant else ""
        return configuration_error(
            "CONFIG-KEY", f"unknown key {key!r}{hint}", f"known keys here: {', '.join(known)}", str(path)
        )
    if first["type"] == "missing":
        return configuration_error("CONFIG-KEY", f"the key {key!r} is missing", "add it", str(path))
    message = first["msg"].removeprefix("Value error, ")
    return configuration_error("CONFIG-VALUE", f"{key}: {message}", "correct the value", str(path))


def _dotted(location: Location) -> str:
    text = ""
    for piece in location:
        text += f"[{piece}]" if isinstance(piece, int) else f".{piece}" if text else str(piece)
    return text


def _kind_at(kind: Any, location: Location) -> Any:
    """The settings class at a location inside a value of a kind."""
    for piece in location:
        kind = _required(kind)
        if isinstance(kind, type) and (issubclass(kind, Settings) or is_dataclass(kind)):
            kind = _kinds(kind)[piece]
        else:  # a key of a dictionary, or a number in a tuple
            kind = next(one for one in reversed(typing.get_args(kind)) if one is not ...)
    return _required(kind)


def _kinds(section: type) -> Mapping[Any, Any]:
    """What stands at each key of a settings class."""
    if issubclass(section, Settings):
        return {key: field.annotation for key, field in section.model_fields.items()}
    return typing.get_type_hints(section)


def _required(kind: Any) -> Any:
    """The kind itself of one that may also be None."""
    return typing.get_args(kind)[0] if typing.get_origin(kind) in (types.UnionType, typing.Union) else kind
