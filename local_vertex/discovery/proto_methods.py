"""Builds, from the installed protos, what the discovery slice lacks of the metadata and TensorBoard services.

Run `python -m local_vertex.discovery.proto_methods`, with google-cloud-aiplatform installed. Paths come from the HTTP
annotations that the generated REST clients carry, query parameters from the descriptors of the requests. Only methods
without a body are built: protos do not say which fields of a body are output only. See README.md.
"""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Iterator
from importlib import import_module, metadata
from pathlib import Path
from typing import Any

from local_vertex.calls import Json
from local_vertex.http_api.schema_check import camel

_PACKAGE = "google-cloud-aiplatform"
_SERVICES = ("metadata_service", "tensorboard_service")
_KEPT = re.compile(
    r"projects\.locations\.("
    r"metadataStores\.((artifacts|contexts|executions)\.)?(get|list)|metadataStores\.(artifacts|contexts)\.delete"
    r"|tensorboards\.(experiments\.(runs\.(timeSeries\.)?)?)?(get|list)"
    r"|tensorboards\.(batchRead|experiments\.runs\.(delete|timeSeries\.read))"
    r")"
)
_URI = re.compile(r"/(?P<version>\w+)/\{(?P<parameter>[\w.]+)=(?P<pattern>[^}]+)\}(?P<rest>/\w+)?(?::(?P<verb>\w+))?")
_SCALARS: dict[str, Json] = {
    "STRING": {"type": "string"},
    "BYTES": {"type": "string", "format": "byte"},
    "BOOL": {"type": "boolean"},
    "DOUBLE": {"type": "number", "format": "double"},
    "FLOAT": {"type": "number", "format": "float"},
    "INT32": {"type": "integer", "format": "int32"},
    "INT64": {"type": "string", "format": "int64"},
}
_WELL_KNOWN: dict[str, Json] = {
    "google.protobuf.Timestamp": {"type": "string", "format": "google-datetime"},
    "google.protobuf.FieldMask": {"type": "string", "format": "google-fieldmask"},
}


def built(version: str) -> Json:
    """The methods of one API version in the form of the slice, without bodies: every kept method reads or deletes."""
    methods: Json = {}
    for service in _SERVICES:
        for request, option in _annotations(version, service):
            name, method = _method(version, request, option)
            if _KEPT.fullmatch(name):
                methods[name] = method
    return {
        "revision": f"{_PACKAGE} {metadata.version(_PACKAGE)}",
        "version": version,
        "parameters": [],
        "methods": dict(sorted(methods.items())),
        "schemas": {},
        "oneofs": {},
    }


def _annotations(version: str, service: str) -> Iterator[tuple[Any, dict[str, str]]]:
    """The request message and the HTTP rule of every method of a service."""
    package = f"google.cloud.aiplatform_{version}"
    types = import_module(f"{package}.types")
    transport = import_module(f"{package}.services.{service}.transports.rest_base")
    base = next(value for name, value in vars(transport).items() if re.fullmatch(r"_Base\w+ServiceRestTransport", name))
    for name, rule in vars(base).items():
        message = getattr(types, f"{name.removeprefix('_Base')}Request", None)
        if message is not None and hasattr(rule, "_get_http_options"):
            yield message, rule._get_http_options()[0]


def _method(version: str, request: Any, option: dict[str, str]) -> tuple[str, Json]:
    found = _URI.fullmatch(option["uri"])
    assert found is not None, option["uri"]
    parameter = camel(found["parameter"].rpartition(".")[2])
    collections = found["pattern"].split("/")[::2] + ([found["rest"][1:]] if found["rest"] else [])
    on_collection = bool(found["rest"])
    verb = found["verb"] or {
        ("get", True): "list", ("get", False): "get", ("post", True): "create", ("patch", False): "patch",
        ("delete", False): "delete",
    }[option["method"], on_collection]  # fmt: skip
    flat = "/".join(f"{name}/{{{name}Id}}" for name in found["pattern"].split("/")[::2]) + (found["rest"] or "")
    suffix = f":{found['verb']}" if found["verb"] else ""
    query = {} if "body" in option else _query(request, found["parameter"])
    return ".".join([*collections, verb]), {
        "httpMethod": option["method"].upper(),
        "path": f"{version}/{{+{parameter}}}{found['rest'] or ''}{suffix}",
        "flatPath": f"{version}/{flat}{suffix}",
        "query": query,
    }


def _query(request: Any, path_parameter: str) -> Json:
    """Every field of the request that is not in the path."""
    return {
        camel(field.name): _schema(field) for field in request.pb().DESCRIPTOR.fields if field.name != path_parameter
    }


def _schema(field: Any) -> Json:
    kinds = {getattr(field, name): name.removeprefix("TYPE_") for name in dir(field) if name.startswith("TYPE_")}
    kind = kinds[field.type]
    if kind == "ENUM":
        schema: Json = {"type": "string", "enum": [value.name for value in field.enum_type.values]}
    elif kind == "MESSAGE":
        schema = dict(_WELL_KNOWN[field.message_type.full_name])
    else:
        schema = dict(_SCALARS[kind])
    return {**schema, "repeated": True} if field.is_repeated else schema


def main() -> None:
    """Write `v1.protos.json.gz` and `v1beta1.protos.json.gz` next to this file."""
    for version in ("v1", "v1beta1"):
        text = json.dumps(built(version), sort_keys=True, separators=(",", ":"))
        Path(__file__).with_name(f"{version}.protos.json.gz").write_bytes(gzip.compress(text.encode(), mtime=0))


if __name__ == "__main__":
    main()
