"""Cuts the slice of the Vertex AI discovery documents that local Vertex checks requests against.

Run `python -m local_vertex.discovery.cut_slice FOLDER`, where FOLDER holds `aiplatform.v1.json` and
`aiplatform.v1beta1.json` (`googleapiclient/discovery_cache/documents` of google-api-python-client). See README.md.
"""

from __future__ import annotations

import gzip
import json
import re
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

from local_vertex.calls import Json

_KEPT = re.compile(
    r"projects\.locations\.("
    r"tuningJobs\.(create|get|list|cancel|rebaseTunedModel)"
    r"|models\.(get|list|patch|delete|deleteVersion|listVersions|listCheckpoints|mergeVersionAliases|copy|upload)"
    r"|models\.evaluations\.(get|list|import)"
    r"|endpoints\.(create|get|list|patch|delete|deployModel|undeployModel|mutateDeployedModel)"
    r"|(endpoints|publishers\.models)\.(generateContent|streamGenerateContent|countTokens|computeTokens)"
    r"|(endpoints|publishers\.models)\.(predict|rawPredict)"
    r"|((endpoints|models|pipelineJobs|schedules|tuningJobs)\.)?operations\.(get|list|delete|cancel|wait)"
    r"|pipelineJobs\.(create|get|list|delete|cancel)"
    r"|schedules\.(create|get|list|patch|delete|pause|resume)"
    r"|batchPredictionJobs\.(create|get|list|delete|cancel)"
    r"|evaluateInstances"
    r")|publishers\.models\.get"
)
_SCHEMA_KEYS = ("type", "format", "enum", "items", "properties", "additionalProperties", "$ref", "readOnly", "repeated")
_PREFIX = "GoogleCloudAiplatform"


def cut(document: Json) -> Json:
    """The slice: `{"revision", "parameters", "methods", "schemas", "oneofs"}` without any prose."""
    methods = {name: _method(method) for name, method in _methods(document) if _KEPT.fullmatch(name)}
    schemas: Json = {}
    waiting = [method["request"] for method in methods.values() if "request" in method]
    while waiting:
        name = waiting.pop()
        if name not in schemas:
            schemas[name] = _bare(document["schemas"][name])
            waiting.extend(_references(schemas[name]))
    return {
        "revision": document["revision"],
        "version": document["version"],
        "parameters": sorted(document["parameters"]),
        "methods": methods,
        "schemas": schemas,
        "oneofs": _oneofs(document["version"], schemas),
    }


def _methods(node: Json) -> Iterator[tuple[str, Json]]:
    for method in node.get("methods", {}).values():
        yield method["id"].removeprefix("aiplatform."), method
    for child in node.get("resources", {}).values():
        yield from _methods(child)


def _method(method: Json) -> Json:
    parameters = method.get("parameters", {})
    kept: Json = {
        "httpMethod": method["httpMethod"],
        "path": method["path"],
        "flatPath": method["flatPath"],
        "query": {name: _bare(value) for name, value in parameters.items() if value["location"] == "query"},
    }
    if "request" in method:
        kept["request"] = method["request"]["$ref"]
    return kept


def _bare(schema: Json) -> Json:
    """The schema without descriptions, defaults and identifiers."""
    kept = {key: schema[key] for key in _SCHEMA_KEYS if key in schema}
    if "properties" in kept:
        kept["properties"] = {name: _bare(value) for name, value in kept["properties"].items()}
    for key in ("items", "additionalProperties"):
        if key in kept:
            kept[key] = _bare(kept[key])
    return kept


def _references(schema: Any) -> Iterator[str]:
    if isinstance(schema, dict):
        if isinstance(schema.get("$ref"), str):
            yield schema["$ref"]
        for value in schema.values():
            yield from _references(value)


def _oneofs(version: str, schemas: Json) -> Json:
    """Which fields exclude each other, by schema; from the protos, because discovery documents do not say it."""
    types = import_module(f"google.cloud.aiplatform_{version}.types")
    prefix = _PREFIX + version.capitalize()
    found: Json = {}
    for name in schemas:
        message = getattr(types, name.removeprefix(prefix), None)
        if message is None or not name.startswith(prefix) or not hasattr(message, "pb"):
            continue
        groups = [
            [field.json_name for field in oneof.fields]
            for oneof in message.pb().DESCRIPTOR.oneofs
            if len(oneof.fields) > 1
        ]
        if groups:
            found[name] = groups
    return found


def main() -> None:
    """Write `v1.json.gz` and `v1beta1.json.gz` next to this file."""
    for version in ("v1", "v1beta1"):
        document = json.loads((Path(sys.argv[1]) / f"aiplatform.{version}.json").read_text(encoding="utf-8"))
        text = json.dumps(cut(document), sort_keys=True, separators=(",", ":"))
        target = Path(__file__).with_name(f"{version}.json.gz")
        target.write_bytes(gzip.compress(text.encode(), mtime=0))


if __name__ == "__main__":
    main()
