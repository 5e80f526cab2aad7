"""Turns an HTTP request into a checked `Call`, or refuses it with the service's words."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Sequence
from typing import Any

from local_vertex.calls import Call, Json, ServiceError, invalid_argument
from local_vertex.http_api.field_checks import Problems
from local_vertex.http_api.proto_check import with_enum_names
from local_vertex.http_api.routing import Method, Routes
from local_vertex.http_api.schema_check import camel, type_name

_ANY_BODY = "GoogleApiHttpBody"
_FREE_BODIES = (".rawPredict", ".streamRawPredict")
_BAD_REQUEST = "type.googleapis.com/google.rpc.BadRequest"
# Half of a surrogate pair is valid JSON syntax but no text.
_SURROGATE = re.compile(r"\\u[dD]")
_QUERY_TYPES = {"integer": int, "number": float}


def _no_constant(name: str) -> None:
    raise ValueError(name)


def _number(text: str) -> int | float:
    """What fits into 64 bits as it is; numbers of free JSON (google.protobuf.Value) are doubles."""
    found = int(text)
    if -(2**63) <= found < 2**64:
        return found
    if math.isinf(wide := float(text)):
        raise ValueError(text[:40])
    return wide


_DECODER = json.JSONDecoder(parse_constant=_no_constant, parse_int=_number)


def checked_call(
    routes: Routes, http_method: str, raw_path: str, query: Sequence[tuple[str, str]], content: bytes
) -> Call:
    """The call that a request makes.

    Args:
        routes: The methods of the API.
        http_method: `GET`, `POST`, …
        raw_path: Path as sent, percent-encoded.
        query: Query parameters in their order, decoded.
        content: Request body.

    Raises:
        ServiceError: 404 for an unknown method, 400 for anything in the query or body that it does not know.
    """
    method, names = routes.find(http_method, raw_path)
    parameters = _query(routes, method, query)
    numbers = any(name == "$alt" and "enum-encoding=int" in value for name, value in query)
    return Call(method.name, method.version, names, parameters, _body(routes, method, content, numbers))


def _query(routes: Routes, method: Method, query: Sequence[tuple[str, str]]) -> dict[str, str]:
    found: dict[str, str] = {}
    problems: Problems = []
    for sent, value in query:
        name = camel(sent)
        schema = method.query.get(name)
        if schema is None:
            if sent.removeprefix("$") not in routes.system_parameters and sent not in routes.system_parameters:
                reason = f"Cannot bind query parameter. Field '{sent}' could not be found in request message."
                problems.append(("", f'Invalid JSON payload received. Unknown name "{sent}": {reason}'))
        elif _fits(value, schema):
            found[name] = f"{found[name]},{value}" if schema.get("repeated") and name in found else value
        else:
            kind = f"TYPE_{str(schema.get('format', schema.get('type'))).upper()}"
            problems.append((name, f"Invalid value at '{name}' ({kind}), \"{value[:40]}\""))
    _refuse(problems)
    return found


def _fits(value: str, schema: Json) -> bool:
    if "enum" in schema:
        return value in schema["enum"]
    if schema.get("type") == "boolean":
        return value in ("true", "false")
    convert = _QUERY_TYPES.get(schema.get("type", ""))
    if convert is None:
        return True
    try:
        convert(value)
    except ValueError:
        return False
    return True


def _body(routes: Routes, method: Method, content: bytes, enum_numbers: bool) -> Json:
    if method.request is None:
        if content.strip() not in (b"", b"{}", b"null"):
            raise invalid_argument("Invalid JSON payload received. This method takes no request body.")
        return {}
    body = json_object(content)
    if method.request == _ANY_BODY or method.name.endswith(_FREE_BODIES):
        return body
    try:
        if enum_numbers:
            body = with_enum_names(method.version, type_name(method.request).rpartition(".")[2], body)
        checked, problems = routes.checks[method.version].check(method.request, body)
    except RecursionError:
        raise invalid_argument("Invalid JSON payload received. The body is nested too deeply.") from None
    _refuse(problems)
    return checked


def json_object(content: bytes) -> Json:
    """The object that JSON bytes hold; an empty one for none.

    Raises:
        ServiceError: 400, they are no JSON, hold what JSON has no word for, or are no object.
    """
    if not content.strip():
        return {}
    try:
        text = content.decode()
        body: Any = _DECODER.decode(text)
        if _SURROGATE.search(text):
            json.dumps(body, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        raise invalid_argument("Invalid JSON payload received. The body is not JSON.") from None
    if not isinstance(body, dict):
        raise invalid_argument("Invalid JSON payload received. Root element must be a message.")
    return body


def _refuse(problems: Problems) -> None:
    """Raise what the transcoder answers: every sentence in the message, and again as field violations."""
    if problems:
        violations = [
            {"field": field, "description": text} if field else {"description": text} for field, text in problems
        ]
        raise ServiceError(
            400,
            "INVALID_ARGUMENT",
            "\n".join(text for _, text in problems),
            [{"@type": _BAD_REQUEST, "fieldViolations": violations}],
        )
