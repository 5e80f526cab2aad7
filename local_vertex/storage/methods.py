"""The methods of the Cloud Storage JSON API, from Google's discovery document: their paths, parameters and bodies.

Source: `discovery/storage.json.gz`, see its README.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import resources

from local_vertex.calls import Json, ServiceError
from local_vertex.http_api.request_checks import json_object
from local_vertex.http_api.schema_check import SchemaChecks
from local_vertex.storage.preconditions import StorageError, whole_number

# google-cloud-storage 3.17 spells `ifMetagenerationNotMatch` so in uploads; the service has no such parameter.
_MISSPELT = frozenset({"ifMetaGenerationNotMatch"})
_OF_UPLOADS = frozenset({"upload_id"})
_BOOLEANS = ("true", "false")


@dataclass(frozen=True, slots=True)
class StorageMethod:
    """One method.

    Attributes:
        name: Discovery identifier without the API's name, e.g. `objects.insert`.
        path: Segments of its path; parameters are in braces.
        query: Schemas of the query parameters.
        request: Name of the body's schema; None when there is no body.
    """

    name: str
    path: tuple[str, ...]
    query: dict[str, Json]
    request: str | None

    def named(self, segments: Sequence[str]) -> dict[str, str] | None:
        """The path parameters, or None when this is not the method's path."""
        names = {}
        for expected, segment in zip(self.path, segments, strict=True):
            if expected.startswith("{"):
                names[expected[1:-1]] = segment
            elif expected != segment:
                return None
        return names if all(names.values()) else None


class StorageMethods:
    """Every method of the discovery document."""

    def __init__(self) -> None:
        packed = resources.files("local_vertex").joinpath("discovery", "storage.json.gz").read_bytes()
        document = json.loads(gzip.decompress(packed))
        self._known = frozenset(document["parameters"]) | _OF_UPLOADS | _MISSPELT
        self._checks = SchemaChecks(document["schemas"], {}, proto_json=False)
        self._methods: dict[tuple[str, int], list[StorageMethod]] = {}
        for name, method in sorted(document["methods"].items()):
            path = tuple(method["path"].split("/"))
            found = StorageMethod(name, path, method["query"], method.get("request"))
            self._methods.setdefault((method["httpMethod"], len(path)), []).append(found)
        for methods in self._methods.values():
            # `o/bulkRestore` before `o/{object}`.
            methods.sort(key=lambda method: sum(segment.startswith("{") for segment in method.path))

    def find(self, http_method: str, segments: Sequence[str]) -> tuple[StorageMethod, dict[str, str]]:
        """The method and its path parameters.

        Args:
            http_method: `GET`, `POST`, …
            segments: The path below `/storage/v1/`, split and percent-decoded.

        Raises:
            StorageError: 404, there is no such method.
        """
        for method in self._methods.get((http_method, len(segments)), []):
            names = method.named(segments)
            if names is not None:
                return method, names
        raise StorageError(404, "notFound", "Not Found")

    def check_query(self, method: StorageMethod, query: Sequence[tuple[str, str]]) -> None:
        """Nothing when the query parameters are the method's.

        Raises:
            StorageError: 400, one is unknown or has a wrong value.
        """
        for name, value in query:
            schema = method.query.get(name)
            if schema is None and name not in self._known:
                raise StorageError(400, "invalidParameter", f"Unknown parameter: {name[:100]}")
            if schema is None:
                continue
            if schema.get("format") in ("int64", "uint32", "int32"):
                whole_number(name, value)
            # The official client writes Python's `True`.
            wrong_boolean = schema.get("type") == "boolean" and value.lower() not in _BOOLEANS
            if wrong_boolean or value not in schema.get("enum", [value]):
                raise StorageError(400, "invalidParameter", f"Invalid value for parameter {name}: '{value[:40]}'")

    def body(self, method: StorageMethod, content: bytes) -> Json:
        """The body, with 64-bit integers as text; null removes a field from a resource.

        Raises:
            StorageError: 400, it is not the method's.
        """
        if method.request is None:
            # The official client sends `{}` with some of these.
            return {}
        try:
            checked, problems = self._checks.check(method.request, json_object(content))
        except (ServiceError, RecursionError):
            raise StorageError(400, "parseError", "Parse Error") from None
        if problems:
            raise StorageError(400, "invalid", problems[0][1])
        return checked
