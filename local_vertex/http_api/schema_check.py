"""Checks JSON bodies against discovery schemas and brings them into canonical form.

A schema is compiled once into nested closures. The sentences are those of Google's JSON transcoder, e.g. `Invalid JSON
payload received. Unknown name "epochs" at 'tuning_job.supervised_tuning_spec': Cannot find field.`, except that a
wrong text is not repeated in them, because it may be a user's example.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from local_vertex.calls import Json
from local_vertex.http_api.field_checks import (
    Checker,
    Problems,
    anything,
    integer,
    list_of,
    map_of,
    mismatch,
    number,
    plain,
    text,
)

_UPPER = re.compile(r"(?<=[a-z0-9])([A-Z])")
_SNAKE = re.compile(r"_([a-z0-9])")
_SCHEMA = re.compile(r"GoogleCloudAiplatform(V1(?:beta1)?)(\w+)")


def camel(name: str) -> str:
    """`epochCount` for `epoch_count`, as proto JSON names fields."""
    return _SNAKE.sub(lambda found: found.group(1).upper(), name)


def snake(name: str) -> str:
    """`epoch_count` for `epochCount`."""
    return _UPPER.sub(r"_\1", name).lower()


def type_name(schema: str) -> str:
    """The proto type of a schema, e.g. `google.cloud.aiplatform.v1.TuningJob`."""
    found = _SCHEMA.fullmatch(schema)
    return f"google.cloud.aiplatform.{found.group(1).lower()}.{found.group(2)}" if found else schema


class SchemaChecks:
    """The compiled checkers of one discovery slice.

    Args:
        schemas: Schemas by name.
        oneofs: Groups of fields that exclude each other, by schema name.
        proto_json: Bodies are proto JSON, where a field has two spellings and null says nothing. Cloud Storage's are
            not: there a field has one, and null in a patch removes it.
    """

    def __init__(
        self, schemas: Mapping[str, Json], oneofs: Mapping[str, list[list[str]]], *, proto_json: bool = True
    ) -> None:
        self._schemas, self._oneofs, self._proto_json = schemas, oneofs, proto_json
        self._checkers: dict[str, Checker] = {}

    def check(self, schema: str, body: Json) -> tuple[Json, Problems]:
        """The body in canonical form, and what is wrong with it as pairs of field path and sentence.

        Canonical: camelCase names, no nulls (unless they mean something), 64-bit integers as text, output-only fields
        removed.
        """
        problems: Problems = []
        # A body that is a resource is a field of the request message, e.g. `tuning_job`, and is named so in errors.
        name = type_name(schema).rpartition(".")[2]
        path = "" if name.endswith("Request") else snake(name)
        return self._named(schema)(body, path, problems), problems

    def _named(self, name: str) -> Checker:
        checker = self._checkers.get(name)
        if checker is None:
            schema = self._schemas[name]
            checker = self._of(schema) if "additionalProperties" in schema else self._message(name, schema)
            self._checkers[name] = checker
        return checker

    def _of(self, schema: Json) -> Checker:
        if "$ref" in schema:
            name = schema["$ref"]
            # Looked up when called, because messages contain themselves.
            return lambda value, path, problems: self._named(name)(value, path, problems)
        if "additionalProperties" in schema:
            return map_of(self._of(schema["additionalProperties"]), nulls=not self._proto_json)
        if "properties" in schema:
            return self._message("", schema)
        match schema.get("type"):
            case "array":
                return list_of(self._of(schema["items"]))
            case "object":
                return plain(dict, "Struct")
            case "string":
                return text(schema)
            case "boolean":
                return plain(bool, "TYPE_BOOL")
            case "integer":
                return integer(schema["format"])
            case "number":
                return number
        return anything

    def _message(self, name: str, schema: Json) -> Checker:
        fields: dict[str, tuple[str, str, Checker, bool]] = {}
        for field, value in schema.get("properties", {}).items():
            spelling = snake(field) if self._proto_json else field
            entry = (field, spelling, self._of(value), not value.get("readOnly"))
            fields[field] = fields[spelling] = entry
        groups = self._oneofs.get(name, [])
        kind = f"type.googleapis.com/{type_name(name)}" if name else "message"

        def check(value: Any, path: str, problems: Problems) -> Any:
            if not isinstance(value, dict):
                return mismatch(value, path, kind, problems)
            result: Json = {}
            for key, item in value.items():
                entry = fields.get(key)
                if entry is None:
                    where = f" at '{path}'" if path else ""
                    problems.append(
                        (path, f'Invalid JSON payload received. Unknown name "{key}"{where}: Cannot find field.')
                    )
                elif item is None and not self._proto_json:
                    result[key] = None
                elif item is not None:
                    checked = entry[2](item, f"{path}.{entry[1]}" if path else entry[1], problems)
                    if entry[3]:
                        result[entry[0]] = checked
            for group in groups:
                present = [field for field in group if field in result]
                if len(present) > 1:
                    where = f"{path}.{snake(present[1])}" if path else snake(present[1])
                    problems.append((where, f"Invalid value at '{where}' (oneof), only one of {present} can be set."))
            return result

        return check
