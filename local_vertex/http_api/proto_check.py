"""Bodies of the generated clients, which write enums as numbers: parsed as the proto message, rewritten with names.

Google's numbers are in the protos only: in the discovery documents the order of an enum is not its numbering.
"""

from __future__ import annotations

import functools
from importlib import import_module
from typing import Any

from local_vertex.calls import Json, invalid_argument


@functools.cache
def _types(version: str) -> Any:
    """The messages of one version, imported at the first request that needs them (0.7 s)."""
    return import_module(f"google.cloud.aiplatform_{version}.types")


def with_enum_names(version: str, message: str, body: Json) -> Json:
    """The body as proto JSON: camelCase names, enums as names, 64-bit integers as text.

    Args:
        version: `v1` or `v1beta1`.
        message: Short name of the request message, e.g. `TuningJob`.
        body: What the client sent.

    Raises:
        ServiceError: 400, the body is no such message.
    """
    from google.protobuf import json_format

    found = getattr(_types(version), message, None)
    if found is None:
        return body
    parsed = found.pb()()
    try:
        json_format.ParseDict(body, parsed)
    except json_format.ParseError as error:
        raise invalid_argument(f"Invalid JSON payload received. {error}") from None
    result: Json = json_format.MessageToDict(parsed)
    return result
