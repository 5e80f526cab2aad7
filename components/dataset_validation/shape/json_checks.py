"""Checks of one JSON value that every part of the format needs: types, keys, texts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from components.dataset_validation.findings.finding import Problem, shown
from components.dataset_validation.shape.spelling import nearest

_NAMES = {dict: "an object", list: "a list", str: "a string", bool: "true or false", type(None): "null"}


def type_name(value: object) -> str:
    """What JSON calls the type of a decoded value, with its article."""
    return _NAMES.get(type(value), "a number")


def wrong_type(path: str, value: object, wanted: type, remedy: str = "") -> Problem:
    """The problem of a value that has another type than the format gives it."""
    return Problem("DATA-TYPE", f"expected {_NAMES[wanted]}, found {type_name(value)}", path, remedy)


def join_path(path: str, key: str) -> str:
    """The path of a key inside the object at `path`."""
    return f"{path}.{key}" if path else key


def unknown_keys(value: dict[str, Any], known: tuple[str, ...], path: str) -> Iterator[Problem]:
    """One problem for each key that the object does not have in this format."""
    for key in value:
        if key not in known:
            meant = nearest(key, known)
            remedy = f"did you mean {meant}?" if meant else f"remove the key; known here: {', '.join(known)}"
            yield Problem("DATA-UNKNOWN-KEY", f"unknown key {shown(key)}", path, remedy)


def required_string(value: dict[str, Any], key: str, path: str) -> Iterator[Problem]:
    """The problem of a string that is missing, empty or something else."""
    if key not in value:
        yield Problem("DATA-MISSING-KEY", f"{key} is missing", path)
    elif not isinstance(value[key], str):
        yield wrong_type(join_path(path, key), value[key], str)
    elif not value[key].strip():
        yield Problem("DATA-EMPTY-TEXT", f"{key} is empty", join_path(path, key))


def optional_object(value: dict[str, Any], key: str, path: str) -> Iterator[Problem]:
    """The problem of a key that is there but holds no object."""
    if key in value and not isinstance(value[key], dict):
        yield wrong_type(join_path(path, key), value[key], dict)


def optional_string(value: dict[str, Any], key: str, path: str) -> Iterator[Problem]:
    """The problem of a key that is there but holds no string."""
    if key in value and not isinstance(value[key], str):
        yield wrong_type(join_path(path, key), value[key], str)
