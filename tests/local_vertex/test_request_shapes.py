"""Bodies generated from Google's discovery documents, sent to the whole of local Vertex in this process.

A valid one is answered or refused for what it means, and any one field made wrong is refused for its shape. By hand,
with more examples: `python -m pytest tests/local_vertex/test_request_shapes.py --hypothesis-profile=thorough`.
"""

from __future__ import annotations

import asyncio
import json
import random
import re
import time
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from google.iam.v1 import iam_policy_pb2
from google.protobuf import json_format
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from local_vertex.app import create_app
from local_vertex.context import Context
from local_vertex.http_api.schema_check import type_name
from local_vertex.settings import Settings
from local_vertex.state import State
from local_vertex.storage.object_store import ObjectStore
from tests.local_vertex.generated_bodies import Bodies, Json, document, spoilt
from tests.local_vertex.populated import (
    BASE_MODEL,
    BASE_MODELS,
    BUCKET,
    CHANGED,
    CHANGED_BUCKET,
    LOCATION,
    OBJECT,
    Populated,
)

SHAPE = re.compile("Invalid JSON payload received|Invalid value at")
NOT_HERE = re.compile(
    r"local Vertex (tunes with supervisedTuningSpec only|does not evaluate|schedules pipeline jobs only)"
    r"|local Vertex has no soft delete"
    r"|\w+: local Vertex (evaluates texts only|has no |does not run code|compares with )"
    r"|\w+: local Vertex reads and writes batches in Cloud Storage only"
)
"""What local Vertex says of the parts of a request that it declares to be absent (README, "What is thin")."""
ABSENT_STORAGE = (
    "anywhereCaches",
    "buckets.operations",
    "buckets.relocate",
    "folders",
    "managedFolders",
    "rapidCaches",
    "objects.bulkRestore",
)
# Their body is not JSON of the API's.
FREE_BODIES = ("awPredict", "chat.completions")
IN_SUITE = settings.get_current_profile_name() == "repeatable"
PER_METHOD = settings(
    max_examples=25 if IN_SUITE else settings().max_examples,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
DOCUMENTS = {name: document(name) for name in ("v1", "v1beta1", "storage")}
METHODS = [
    (version, name)
    for version, found in DOCUMENTS.items()
    for name, method in found["methods"].items()
    if "request" in method and not name.endswith(FREE_BODIES) and not name.startswith(ABSENT_STORAGE)
]
VERTEX = [(version, name) for version, name in METHODS if version != "storage"]
OF_BUCKETS = ("buckets.", "bucketAccessControls.", "defaultObjectAccessControls.")
MISSING = 0.1
seeds = st.integers(0, 2**32)


class InProcess:
    """The application of a populated state directory, asked without a socket.

    Args:
        directory: An empty folder.
    """

    def __init__(self, directory: Path) -> None:
        self._state = State(directory)
        choices, store = Settings(), ObjectStore(directory / "objects", self._state)
        self._app = create_app(Context(directory, self._state, store, "http://127.0.0.1:1", settings=choices))
        # A runner installs a signal handler at each of its calls, which takes longer than most of the answers here.
        self._loop = asyncio.new_event_loop()
        self.there = Populated(self.ask, self._state, self._until)
        # From now on tuning jobs stay queued: there is no place for any.
        choices.concurrent_tuning_jobs = 0

    def _until(self, holds: Callable[[], bool]) -> None:
        deadline = time.monotonic() + 60
        while not holds():
            assert time.monotonic() < deadline
            self._loop.run_until_complete(asyncio.sleep(0.02))

    def close(self) -> None:
        self._loop.close()
        self._state.close()

    def ask(self, method: str, target: str, body: Any = None) -> tuple[int, Json]:
        """Status and reply."""
        return self._loop.run_until_complete(self._ask(method, target, body))

    def call(self, version: str, name: str, body: Json, draw: random.Random, query: str = "") -> tuple[int, Json]:
        """The reply to a method, called of something that is there, or now and then of something that is not."""
        method = DOCUMENTS[version]["methods"][name]
        if name == "objects.insert":
            path = f"/upload/storage/v1/b/{BUCKET}/o?uploadType=resumable&name=x"
        elif version == "storage":
            path = f"/storage/v1/{self._filled(method['path'], name, draw)}{_required(method)}"
        else:
            path = f"/{self._filled(method['flatPath'], name, draw)}?{query}"
        return self.ask(method["httpMethod"], path, body)

    def _filled(self, template: str, name: str, draw: random.Random) -> str:
        """The path with names for its parameters."""
        missing = draw.random() < MISSING

        def named(found: re.Match[str]) -> str:
            parameter = found[1]
            if parameter == "modelsId" and ".publishers." in name:
                return BASE_MODELS.get(name.rpartition(".")[2], BASE_MODEL)
            if parameter.lower().endswith("bucket"):
                return CHANGED_BUCKET if name.startswith(OF_BUCKETS) else BUCKET
            if parameter.lower().endswith("object"):
                return {"object": CHANGED, "sourceObject": OBJECT}.get(parameter, f"made-{draw.randrange(10**9)}")
            return "missing" if missing else self.there.names.get(parameter, "other")

        return re.sub(r"\{(\w+)\}", named, template)

    async def _ask(self, method: str, target: str, body: Any) -> tuple[int, Json]:
        path, _, query = target.partition("?")
        messages: list[Any] = []
        content = body if isinstance(body, bytes) else json.dumps(body).encode() if body is not None else b""
        waiting = [{"type": "http.request", "body": content, "more_body": False}]

        async def receive() -> Any:
            return waiting.pop() if waiting else {"type": "http.disconnect"}

        async def send(message: Any) -> None:
            messages.append(message)

        scope = {
            "type": "http",
            "method": method,
            "path": path,
            "raw_path": path.encode(),
            "query_string": query.encode(),
            "headers": [(b"authorization", b"Bearer local"), (b"host", b"127.0.0.1:1")],
        }
        await self._app(scope, receive, send)
        text = b"".join(message.get("body", b"") for message in messages[1:])
        reply = json.loads(text or b"{}")
        return messages[0]["status"], reply if isinstance(reply, dict) else {"elements": reply}


def _required(method: Json) -> str:
    return "?project=shapes" if "project" in method["query"] else ""


@pytest.fixture(scope="module")
def vertex(tmp_path_factory: pytest.TempPathFactory) -> Iterator[InProcess]:
    made = InProcess(tmp_path_factory.mktemp("shapes"))
    yield made
    made.close()


def check_answer(body: Json, status: int, reply: Json, *, storage: bool = False) -> None:
    """A valid body is not refused for its shape, and never answered by a failure of the server."""
    message = reply.get("error", {}).get("message", "")
    # A body of the right shape may still be a bucket without a name, or a composition of nothing.
    assert status != 400 or not SHAPE.match(message), (body, reply)
    assert status < 500 or (status == 501 and NOT_HERE.match(message)), (body, reply)
    assert status < 400 or reply["error"]["code"] == status, (body, reply)
    assert status < 400 or ("errors" in reply["error"]) == storage, (body, reply)


@pytest.mark.parametrize(("version", "name"), METHODS, ids=[f"{version}-{name}" for version, name in METHODS])
@PER_METHOD
@given(seed=seeds)
def test_a_valid_body_passes_and_one_wrong_field_does_not(
    vertex: InProcess, version: str, name: str, seed: int
) -> None:
    found, draw = DOCUMENTS[version], random.Random(seed)
    bodies = Bodies(found, draw, vertex.there.meant)
    body = bodies.message(found["methods"][name]["request"])
    status, reply = vertex.call(version, name, body, draw)
    check_answer(body, status, reply, storage=version == "storage")
    how, changed = spoilt(body, bodies)
    status, reply = vertex.call(version, name, changed, draw)
    assert status == reply["error"]["code"] == 400, (how, changed, reply)
    assert SHAPE.match(reply["error"]["message"]), (how, changed, reply)
    assert ("errors" in reply["error"]) == (version == "storage")


@pytest.mark.parametrize(("version", "name"), VERTEX, ids=[f"{version}-{name}" for version, name in VERTEX])
@PER_METHOD
@given(seed=seeds)
def test_what_the_generated_clients_write_passes(vertex: InProcess, version: str, name: str, seed: int) -> None:
    request, draw = DOCUMENTS[version]["methods"][name]["request"], random.Random(seed)
    found = getattr(
        import_module(f"google.cloud.aiplatform_{version}.types"), type_name(request).rpartition(".")[2], None
    )
    message = found.pb()() if found else iam_policy_pb2.SetIamPolicyRequest()
    body = Bodies(DOCUMENTS[version], draw, vertex.there.meant, outputs=False).message(request)
    json_format.ParseDict(body, message, ignore_unknown_fields=True)
    body = json_format.MessageToDict(message, use_integers_for_enums=True)
    check_answer(body, *vertex.call(version, name, body, draw, "%24alt=json%3Benum-encoding%3Dint"))


def test_the_populated_server_has_what_the_names_say(vertex: InProcess) -> None:
    """Else every request would be answered by a 404, whatever its body."""
    for resource in ("endpoints", "models", "tuningJobs", "schedules", "pipelineJobs"):
        status, reply = vertex.ask("GET", f"/v1/{LOCATION}/{resource}/{vertex.there.names[f'{resource}Id']}")
        assert status == 200, reply
    assert vertex.ask("GET", f"/storage/v1/b/{BUCKET}/o/{OBJECT}")[0] == 200
