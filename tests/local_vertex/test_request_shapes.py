"""Bodies generated from Google's discovery documents: valid ones pass, and any one field made wrong is refused."""

from __future__ import annotations

import asyncio
import copy
import gzip
import json
import random
import re
import string
from collections.abc import Awaitable, Callable, Iterator
from importlib import import_module, resources
from pathlib import Path
from typing import Any

import pytest
from google.protobuf import json_format
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.requests import Request
from starlette.responses import Response

from local_vertex.context import Context
from local_vertex.http_api.schema_check import type_name
from local_vertex.http_api.vertex_api import VertexApi
from local_vertex.state import State
from local_vertex.storage.api import StorageApi
from local_vertex.storage.object_store import ObjectStore

Json = dict[str, Any]
Answer = Callable[[Request], Awaitable[Response]]
BUCKET = "bucket-of-shapes"
SHAPE = re.compile("Invalid JSON payload received|Invalid value at")
DEEPEST, MOST_FIELDS = 5, 4
PER_METHOD = settings(max_examples=5, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
# Their body is not JSON of the API's.
FREE_BODIES = ("rawPredict",)


def document(name: str) -> Json:
    packed = resources.files("local_vertex").joinpath("discovery", f"{name}.json.gz").read_bytes()
    found: Json = json.loads(gzip.decompress(packed))
    return found


DOCUMENTS = {name: document(name) for name in ("v1", "v1beta1", "storage")}
METHODS = [
    (version, name)
    for version, found in DOCUMENTS.items()
    for name, method in found["methods"].items()
    if "request" in method and not name.endswith(FREE_BODIES)
]
SCALARS: dict[str, tuple[list[Any], list[Any]]] = {
    "string": (["", "text", "ä"], [5, True, {}, ["text"]]),
    "boolean": ([True, False], ["true", 1, {}]),
    "number": ([0.5, 3, "1.5"], ["text", True, {}]),
    "int32": ([5, "7", -1], ["text", 1.5, True, 2**31, {}]),
    "int64": ([5, "7", str(2**62)], ["text", 1.5, True, 2**64, {}]),
    "uint64": ([5, "7"], ["text", -1, True, {}]),
    "byte": (["aGk=", "aGk"], ["*", 5, {}]),
    "google-duration": (["5s", "1.5s"], ["5", 5, {}]),
    "google-datetime": (["2026-01-02T03:04:05Z"], ["yesterday", 5, {}]),
    "date-time": (["2026-01-02T03:04:05.678Z"], ["yesterday", 5, {}]),
    "date": (["2026-01-02"], ["yesterday", 5, {}]),
    "google-fieldmask": (["labels,displayName"], ["a b", 5, {}]),
}
Send = Callable[..., tuple[int, Json]]
"""Takes version, method, body and perhaps a query string; gives status and reply."""
Place = tuple[tuple[str | int, ...], str, list[Any]]
"""Path to a message, one of its fields, and values that this field must not have."""


class Bodies:
    """Bodies of one document; output-only fields are left out on request."""

    def __init__(self, found: Json, draw: random.Random, *, outputs: bool = True) -> None:
        self.outputs = outputs
        self.schemas, self.oneofs, self.draw = found["schemas"], found.get("oneofs", {}), draw
        self.messages: list[tuple[str | int, ...]] = []
        self.fields: list[Place] = []

    def message(self, name: str) -> Json:
        made: Json = self.value({"$ref": name}, ())[0]
        return made

    def value(self, schema: Json, path: tuple[str | int, ...]) -> tuple[Any, list[Any]]:
        """A value of the schema, and others that are none."""
        if "$ref" in schema:
            referred = self.schemas[schema["$ref"]]
            return self.value({**referred, "groups": self.oneofs.get(schema["$ref"], [])}, path)
        if "additionalProperties" in schema:
            inner = self.value(schema["additionalProperties"], (*path, "key"))[0]
            return {"key": inner}, ["text", 5, True]
        if "properties" in schema or "groups" in schema:
            return self.fields_of(schema, path), ["text", 5, True, [{}]]
        if schema.get("type") == "array":
            count = self.draw.randint(0, 2) if len(path) < DEEPEST else 0
            return [self.value(schema["items"], (*path, number))[0] for number in range(count)], ["text", 5, {}]
        if "enum" in schema:
            return self.draw.choice(schema["enum"]), ["NO_SUCH_VALUE", True, {}]
        if schema.get("type") == "object":
            return {"free": [1, None, "x"]}, ["text", 5]
        kind = schema.get("type", "any")
        if kind == "any":
            return {"free": 1}, []
        right, wrong = SCALARS[kind if kind == "number" else schema.get("format", kind)]
        return self.draw.choice(right), wrong

    def fields_of(self, schema: Json, path: tuple[str | int, ...]) -> Json:
        self.messages.append(path)
        fields = schema.get("properties", {})
        names = sorted(name for name in fields if self.outputs or not fields[name].get("readOnly"))
        chosen = self.draw.sample(names, min(len(names), self.draw.randint(1, MOST_FIELDS)))
        for group in schema.get("groups", []):
            for extra in [name for name in chosen if name in group][1:]:
                chosen.remove(extra)
        made: Json = {}
        for name in chosen if len(path) < DEEPEST else []:
            made[name], wrong = self.value(fields[name], (*path, name))
            if wrong:
                self.fields.append((path, name, wrong))
        return made


def spoilt(body: Json, bodies: Bodies) -> Iterator[tuple[str, Json]]:
    """The body with one field added, renamed or mistyped."""

    def at(path: tuple[str | int, ...]) -> tuple[Json, Any]:
        found = inner = copy.deepcopy(body)
        for step in path:
            inner = inner[step]  # type: ignore[index]
        return found, inner

    unknown = "x" + "".join(bodies.draw.choices(string.ascii_letters, k=6)) + "Unknown"
    changed, message = at(bodies.draw.choice(bodies.messages))
    message[unknown] = 1
    yield "added", changed
    if bodies.fields:
        path, name, wrong = bodies.draw.choice(bodies.fields)
        changed, message = at(path)
        message[unknown] = message.pop(name)
        yield "renamed", changed
        changed, message = at(path)
        message[name] = bodies.draw.choice(wrong)
        yield f"{name} mistyped", changed


@pytest.fixture(scope="module")
def answer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Send]:
    """Sends a body to a method, in this process; no service is behind Vertex AI's methods, so what passes is a 501."""
    directory: Path = tmp_path_factory.mktemp("shapes")
    state = State(directory)
    context = Context(directory, state, ObjectStore(directory / "objects", state), "http://127.0.0.1:1")
    state.put("buckets", f"b/{BUCKET}", {"name": BUCKET})
    storage, vertex = StorageApi(context), VertexApi({})

    def send(version: str, name: str, body: Json, query: str = "") -> tuple[int, Json]:
        method = DOCUMENTS[version]["methods"][name]
        if version != "storage":
            path = f"/{_filled(method['flatPath'])}?{query}"
            return runner.run(_reply(vertex.answer, method["httpMethod"], path, body))
        path = f"/storage/v1/{_filled(method['path'])}"
        if name == "objects.insert":
            path = f"/upload/storage/v1/b/{BUCKET}/o?uploadType=resumable&name=x"
        return runner.run(_reply(storage.answer, method["httpMethod"], path, body))

    with asyncio.Runner() as runner:
        yield send
    state.close()


def _filled(template: str) -> str:
    pieces = [f"missing{number}" if number % 2 else piece for number, piece in enumerate(_split(template))]
    return "".join(pieces)


def _split(template: str) -> list[str]:
    return template.replace("}", "{").split("{")


async def _reply(answer: Answer, method: str, target: str, body: Json) -> tuple[int, Json]:
    path, _, query = target.partition("?")

    async def receive() -> Json:
        return {"type": "http.request", "body": json.dumps(body).encode(), "more_body": False}

    scope = {
        "type": "http",
        "method": method,
        "path": path,
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "headers": [(b"authorization", b"Bearer local")],
    }
    reply = await answer(Request(scope, receive))
    return reply.status_code, json.loads(bytes(reply.body) or b"{}")


@pytest.mark.parametrize(("version", "name"), METHODS, ids=[f"{version}-{name}" for version, name in METHODS])
@PER_METHOD
@given(draw=st.randoms(use_true_random=False))
def test_a_valid_body_passes_and_one_wrong_field_does_not(
    answer: Send, version: str, name: str, draw: random.Random
) -> None:
    found = DOCUMENTS[version]
    bodies = Bodies(found, draw)
    body = bodies.message(found["methods"][name]["request"])
    status, reply = answer(version, name, body)
    # A body of the right shape may still be a bucket without a name, or a composition of nothing.
    assert status != 400 or not SHAPE.match(reply["error"]["message"]), (body, reply)
    assert version == "storage" or status == 501, (body, reply)
    for how, changed in spoilt(body, bodies):
        status, reply = answer(version, name, changed)
        assert status == reply["error"]["code"] == 400, (how, changed, reply)
        assert SHAPE.match(reply["error"]["message"]), (how, changed, reply)
        assert ("errors" in reply["error"]) == (version == "storage")


VERTEX = [(version, name) for version, name in METHODS if version != "storage"]


@pytest.mark.parametrize(("version", "name"), VERTEX, ids=[f"{version}-{name}" for version, name in VERTEX])
@PER_METHOD
@given(draw=st.randoms(use_true_random=False))
def test_what_the_generated_clients_write_passes(answer: Send, version: str, name: str, draw: random.Random) -> None:
    request = DOCUMENTS[version]["methods"][name]["request"]
    types = import_module(f"google.cloud.aiplatform_{version}.types")
    message = getattr(types, type_name(request).rpartition(".")[2]).pb()()
    body = Bodies(DOCUMENTS[version], draw, outputs=False).message(request)
    json_format.ParseDict(body, message, ignore_unknown_fields=True)
    body = json_format.MessageToDict(message, use_integers_for_enums=True)
    status, reply = answer(version, name, body, "%24alt=json%3Benum-encoding%3Dint")
    assert status == 501, (body, reply)
