"""Finds the API method of a request in the discovery slice."""

from __future__ import annotations

import gzip
import json
from dataclasses import dataclass
from importlib import resources
from urllib.parse import unquote

from local_vertex.calls import Json, ServiceError
from local_vertex.http_api.schema_check import SchemaChecks
from local_vertex.resource_names import canonical

VERSIONS = ("v1", "v1beta1")


@dataclass(frozen=True, slots=True)
class Method:
    """One method of the API.

    Attributes:
        name: Discovery identifier without the API's name, e.g. `projects.locations.tuningJobs.create`.
        version: `v1` or `v1beta1`.
        parameter: The path parameter, e.g. `parent`.
        collection: What follows the parameter in the path, e.g. `tuningJobs`; empty when nothing does.
        query: Schemas of the query parameters.
        request: Name of the body's schema; None when there is no body.
    """

    name: str
    version: str
    parameter: str
    collection: str
    query: dict[str, Json]
    request: str | None


class Routes:
    """Every method of the slice by HTTP method and path."""

    def __init__(self) -> None:
        self._methods: dict[tuple[str, str, tuple[str, ...], str], Method] = {}
        self.system_parameters: frozenset[str] = frozenset()
        self.checks: dict[str, SchemaChecks] = {}
        self.revisions: dict[str, str] = {}
        for version in VERSIONS:
            document, protos = (_read(f"{version}{part}.json.gz") for part in ("", ".protos"))
            # What the slice has counts, whatever was built from the protos.
            self._add(version, {**document, "methods": protos["methods"] | document["methods"]})

    def _add(self, version: str, document: Json) -> None:
        self.revisions[version] = document["revision"]
        self.system_parameters |= frozenset(document["parameters"])
        self.checks[version] = SchemaChecks(document["schemas"], document["oneofs"])
        for name, method in document["methods"].items():
            path, _, verb = method["flatPath"].partition("/")[2].partition(":")
            template = method["path"].partition("/")[2].partition(":")[0]
            parameter, _, collection = template.removeprefix("{+").partition("}")
            found = Method(name, version, parameter, collection.strip("/"), method["query"], method.get("request"))
            self._methods[(method["httpMethod"], version, _shape(path.split("/")), verb)] = found

    def find(self, http_method: str, raw_path: str) -> tuple[Method, dict[str, str]]:
        """The method and its path parameters.

        Args:
            http_method: `GET`, `POST`, …
            raw_path: Path as sent, percent-encoded, without the query.

        Raises:
            ServiceError: 404, there is no such method.
        """
        version, _, path = raw_path.strip("/").partition("/")
        # The generated clients poll operations below /ui, whatever their version.
        versions = VERSIONS if version == "ui" else (version,)
        parents, _, last = path.rpartition("/")
        last, _, verb = last.partition(":")
        # google-genai's evals write `locations/L/:evaluateInstances`, so the last segment may be empty.
        segments = f"{parents}/{last}".strip("/").split("/")
        found = (self._methods.get((http_method, version, _shape(segments), verb)) for version in versions)
        method = next(filter(None, found), None)
        if method is None or not all(segments):
            raise ServiceError(404, "NOT_FOUND", f"Method not found: {http_method} {unquote(raw_path)}")
        named = segments[: len(segments) - len(method.collection.split("/"))] if method.collection else segments
        return method, {method.parameter: canonical(unquote("/".join(named)))}


def _read(name: str) -> Json:
    content = resources.files("local_vertex").joinpath("discovery", name).read_bytes()
    document: Json = json.loads(gzip.decompress(content))
    return document


def _shape(segments: list[str]) -> tuple[str, ...]:
    """The collections in a path: identifiers follow them, at every second place."""
    return (*segments[::2], str(len(segments)))
