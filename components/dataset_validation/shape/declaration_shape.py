"""Checks the shape of a function declaration and of the schemas in it.

The fields are those of `FunctionDeclaration` and `Schema` in google-cloud-aiplatform 1.165.1
(`aiplatform_v1/types/tool.py`, `openapi.py`), read as proto JSON: either spelling of a key, null for what is absent,
integers also as strings. What else stands there is refused by the service's parser and by google-genai's types.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from components.dataset_validation.findings.finding import Problem
from components.dataset_validation.shape.json_checks import (
    join_path,
    optional_string,
    required_string,
    type_name,
    unknown_keys,
    wrong_type,
)

_DECLARATION_KEYS = (
    "name",
    "description",
    "parameters",
    "parametersJsonSchema",
    "response",
    "responseJsonSchema",
    "behavior",
)
_STRINGS = ("type", "format", "title", "description", "pattern", "ref")
_STRING_LISTS = ("enum", "required", "propertyOrdering")
_COUNTS = ("minItems", "maxItems", "minProperties", "maxProperties", "minLength", "maxLength")
_NUMBERS = ("minimum", "maximum")
_SCHEMA_KEYS = (
    *_STRINGS,
    *_STRING_LISTS,
    *_COUNTS,
    *_NUMBERS,
    *("nullable", "items", "properties", "defs", "anyOf", "default", "example", "additionalProperties"),
)
_JSON_SCHEMA = "write a full JSON schema under parametersJsonSchema instead"
_WORD_BREAK = re.compile("_([a-z])")


def declaration_problems(declaration: Any, path: str) -> Iterator[Problem]:
    """What is wrong with the shape of one function declaration."""
    if not isinstance(declaration, dict):
        yield wrong_type(path, declaration, dict)
        return
    yield from unknown_keys(declaration, _DECLARATION_KEYS, path)
    yield from required_string(declaration, "name", path)
    for key in ("description", "behavior"):
        yield from optional_string(declaration, key, path)
    for key in ("parameters", "response"):
        if declaration.get(key) is not None:
            yield from _schema(declaration[key], join_path(path, key))


def _schema(schema: Any, path: str) -> Iterator[Problem]:
    if not isinstance(schema, dict):
        yield wrong_type(path, schema, dict)
        return
    for written, value in schema.items():
        key = _WORD_BREAK.sub(lambda letter: letter[1].upper(), written)
        if key not in _SCHEMA_KEYS:
            meant = {"$ref": "ref", "$defs": "defs"}.get(written)
            remedy = f"write it as {meant}" if meant else f"remove it, or {_JSON_SCHEMA}"
            yield from (
                Problem(one.code, one.message, one.json_path, remedy)
                for one in unknown_keys({written: value}, _SCHEMA_KEYS, path)
            )
        elif value is not None:
            yield from _value(key, value, join_path(path, key))


def _value(key: str, value: Any, path: str) -> Iterator[Problem]:
    if key in _STRINGS and not isinstance(value, str):
        remedy = f"give one type and nullable, or {_JSON_SCHEMA}" if key == "type" else ""
        yield wrong_type(path, value, str, remedy)
    elif key in _STRING_LISTS:
        yield from _list(value, str, path)
    elif key in _COUNTS and not _is_number(value, whole=True):
        yield Problem("DATA-TYPE", f"expected a whole number, found {type_name(value)}", path)
    elif key in _NUMBERS and not _is_number(value, whole=False):
        yield Problem("DATA-TYPE", f"expected a number, found {type_name(value)}", path)
    elif key == "nullable" and not isinstance(value, bool):
        yield wrong_type(path, value, bool)
    elif key == "items":
        yield from _schema(value, path)
    elif key == "anyOf":
        yield from _list(value, dict, path)
    elif key in ("properties", "defs"):
        if not isinstance(value, dict):
            yield wrong_type(path, value, dict)
            return
        for name, child in value.items():
            yield from _schema(child, join_path(path, name[:40].encode("ascii", "backslashreplace").decode()))


def _list(value: Any, wanted: type, path: str) -> Iterator[Problem]:
    if not isinstance(value, list):
        yield wrong_type(path, value, list)
        return
    for index, item in enumerate(value):
        if not isinstance(item, wanted):
            yield wrong_type(f"{path}[{index}]", item, wanted)
        elif wanted is dict:
            yield from _schema(item, f"{path}[{index}]")


def _is_number(value: Any, *, whole: bool) -> bool:
    """Whether proto JSON reads the value as a number: integers may be strings, or floats without a fraction."""
    if isinstance(value, bool):
        return False
    try:
        return isinstance(value, int | float | str) and (float(value).is_integer() or not whole)
    except (ValueError, OverflowError):
        return False
