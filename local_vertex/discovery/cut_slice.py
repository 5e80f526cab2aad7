"""Cuts the slices of Google's discovery documents that local Vertex checks requests against.

Run `python -m local_vertex.discovery.cut_slice FOLDER`, where FOLDER holds `aiplatform.v1.json`,
`aiplatform.v1beta1.json` and `storage.v1.json` (`googleapiclient/discovery_cache/documents` of
google-api-python-client). See README.md.
"""

from __future__ import annotations

import gzip
import json
import re
import sys
from collections.abc import Iterable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

from local_vertex.calls import Json

_KEPT = re.compile(
    r"projects\.locations\.("
    r"tuningJobs\.(create|get|list|cancel|rebaseTunedModel)"
    r"|models\.(get|list|patch|delete|deleteVersion|listVersions|listCheckpoints|mergeVersionAliases|copy|upload)"
    r"|models\.(export|updateExplanationDataset)"
    r"|models\.evaluations\.(get|list|import)|models\.evaluations\.slices\.(get|list|batchImport)"
    r"|endpoints\.(create|get|list|patch|update|delete|deployModel|undeployModel|mutateDeployedModel)"
    r"|(endpoints|publishers\.models)\.(generateContent|streamGenerateContent|countTokens|computeTokens)"
    r"|(endpoints|publishers\.models)\.(predict|rawPredict|streamRawPredict|serverStreamingPredict)"
    r"|endpoints\.(directPredict|directRawPredict|explain)"
    r"|publishers\.models\.(embedContent|fetchPublisherModelConfig|setPublisherModelConfig)"
    r"|(models|endpoints|publishers\.models)\.(get|set|test)Iam(Policy|Permissions)"
    r"|((endpoints|models|pipelineJobs|schedules|tuningJobs)\.)?operations\.(get|list|delete|cancel|wait)"
    r"|pipelineJobs\.(create|get|list|delete|cancel|batchCancel|batchDelete)"
    r"|schedules\.(create|get|list|patch|delete|pause|resume)"
    r"|batchPredictionJobs\.(create|get|list|delete|cancel)"
    r"|evaluateInstances|evaluateDataset|get|list"
    r")|publishers\.models\.(get|list)"
)
_IMPORTED = re.compile(r"GoogleCloudAiplatformV1(beta1)?(ModelEvaluationSlice|EvaluatedAnnotation)\w*")
"""Output only, say the documents, of all that an import of these consists of (`ModelImportEvaluationOp` of
google-cloud-pipeline-components sends it)."""
_SLICES = "projects.locations.models.evaluations.slices"
_SCHEMA_KEYS = ("type", "format", "enum", "items", "properties", "additionalProperties", "$ref", "readOnly", "repeated")
_PREFIX = "GoogleCloudAiplatform"


def cut(document: Json) -> Json:
    """The slice: `{"revision", "parameters", "methods", "schemas", "oneofs"}` without any prose."""
    methods = {name: _method(method) for name, method in _methods(document) if _KEPT.fullmatch(name)}
    methods[f"{_SLICES}.batchImportSlices"] = _slice_import(document["version"])
    schemas = reached(document, _requests(methods))
    for name in filter(_IMPORTED.fullmatch, schemas):
        for field in schemas[name].get("properties", {}).values():
            field.pop("readOnly", None)
    return {
        "revision": document["revision"],
        "version": document["version"],
        "parameters": sorted(document["parameters"]),
        "methods": methods,
        "schemas": schemas,
        "oneofs": _oneofs(document["version"], schemas),
    }


def cut_storage(document: Json) -> Json:
    """The same of the Cloud Storage JSON API, with every method; it has no exclusive fields."""
    methods = {name: _method(method) for name, method in _methods(document)}
    return {
        "revision": document["revision"],
        "parameters": sorted(document["parameters"]),
        "methods": methods,
        "schemas": reached(document, _requests(methods)),
    }


def reached(document: Json, names: Iterable[str]) -> Json:
    """The schemas of those names and all that they refer to, without prose."""
    schemas: Json = {}
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        if name not in schemas:
            schemas[name] = _bare(document["schemas"][name])
            waiting.extend(_references(schemas[name]))
    return schemas


def _requests(methods: Json) -> list[str]:
    return [method["request"] for method in methods.values() if "request" in method]


def _slice_import(version: str) -> Json:
    """BatchImportModelEvaluationSlices: the document has its messages, and under its name another method.

    Source of the path: the HTTP annotation in google-cloud-aiplatform's REST transport of the model service.
    """
    flat = "projects/{projectsId}/locations/{locationsId}/models/{modelsId}/evaluations/{evaluationsId}/slices"
    return {
        "httpMethod": "POST",
        "path": f"{version}/{{+parent}}/slices:batchImport",
        "flatPath": f"{version}/{flat}:batchImport",
        "query": {},
        "request": f"{_PREFIX}{version.capitalize()}BatchImportModelEvaluationSlicesRequest",
    }


def _methods(node: Json) -> Iterator[tuple[str, Json]]:
    for method in node.get("methods", {}).values():
        yield method["id"].partition(".")[2], method
    for child in node.get("resources", {}).values():
        yield from _methods(child)


def _method(method: Json) -> Json:
    parameters = method.get("parameters", {})
    kept: Json = {
        "httpMethod": method["httpMethod"],
        "path": method["path"],
        **({"flatPath": method["flatPath"]} if "flatPath" in method else {}),
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
    for message in vars(types).values():
        for name, descriptor in _messages(message.pb().DESCRIPTOR, prefix) if hasattr(message, "pb") else ():
            groups = [
                [field.json_name for field in oneof.fields] for oneof in descriptor.oneofs if len(oneof.fields) > 1
            ]
            if groups and name in schemas:
                found[name] = groups
    return found


def _messages(descriptor: Any, prefix: str) -> Iterator[tuple[str, Any]]:
    """A message and those inside it, by schema name: `BatchPredictionJobInputConfig` for an `InputConfig` inside."""
    name = prefix + descriptor.name
    yield name, descriptor
    for inner in descriptor.nested_types:
        yield from _messages(inner, name)


def main() -> None:
    """Write the slices next to this file."""
    folder = Path(sys.argv[1])
    for version in ("v1", "v1beta1"):
        _write(f"{version}.json.gz", cut(json.loads((folder / f"aiplatform.{version}.json").read_text("utf-8"))))
    _write("storage.json.gz", cut_storage(json.loads((folder / "storage.v1.json").read_text("utf-8"))))


def _write(name: str, document: Json) -> None:
    text = json.dumps(document, sort_keys=True, separators=(",", ":"))
    Path(__file__).with_name(name).write_bytes(gzip.compress(text.encode(), mtime=0))


if __name__ == "__main__":
    main()
