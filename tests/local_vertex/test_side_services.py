"""Secret Manager and Pub/Sub as far as a pipeline uses them, over HTTP as the services document it."""

from __future__ import annotations

import base64
import queue
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import httpx
import msgspec
import pytest

from components.errors import RetuneError
from components.gcp.secrets import read_secret
from components.gcp.topics import publish
from local_vertex.server import RunningServer

BEARER = {"authorization": "Bearer local"}
TOPIC = "projects/side/topics/runs"


def call(server: RunningServer, path: str, body: dict[str, Any], **query: str) -> httpx.Response:
    return httpx.post(f"{server.base_url}/v1/{path}", json=body, params=query, headers=BEARER)


def encoded(text: str) -> dict[str, Any]:
    return {"payload": {"data": base64.b64encode(text.encode()).decode()}}


@pytest.fixture
def pushed(server: RunningServer) -> Iterator[queue.Queue[Any]]:
    """What a local subscriber of the topic is pushed."""
    received: queue.Queue[Any] = queue.Queue()

    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            received.put(msgspec.json.decode(self.rfile.read(int(self.headers["content-length"]))))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *arguments: object) -> None: ...

    receiver = HTTPServer(("127.0.0.1", 0), Receiver)
    thread = threading.Thread(target=receiver.serve_forever)
    thread.start()
    body = {"topic": TOPIC, "push_endpoint": f"http://127.0.0.1:{receiver.server_port}/"}
    httpx.post(f"{server.base_url}/_subscriptions", json=body).raise_for_status()
    yield received
    httpx.delete(f"{server.base_url}/_subscriptions").raise_for_status()
    receiver.shutdown()
    thread.join()
    receiver.server_close()


def test_a_secret_is_read_by_version_and_its_newest_as_latest(vertex_env: RunningServer) -> None:
    created = call(vertex_env, "projects/side/secrets", {"replication": {"automatic": {}}}, secretId="hook")
    assert created.status_code == 200
    for text in ("first", "second\n"):
        assert call(vertex_env, "projects/side/secrets/hook:addVersion", encoded(text)).status_code == 200
    assert read_secret("projects/side/secrets/hook/versions/1") == "first"
    assert read_secret("projects/side/secrets/hook/versions/latest") == "second"
    again = call(vertex_env, "projects/side/secrets", {"replication": {"automatic": {}}}, secretId="hook")
    assert again.status_code == 409


def test_what_secret_manager_refuses_is_refused(vertex_env: RunningServer) -> None:
    assert call(vertex_env, "projects/side/secrets", {}, secretId="plain").status_code == 400
    assert call(vertex_env, "projects/side/secrets/none:addVersion", encoded("x")).status_code == 404
    path = f"{vertex_env.base_url}/v1/projects/side/secrets/none/versions/1:access"
    assert httpx.get(path).status_code == 401
    with pytest.raises(RetuneError, match="SERVICE-REFUSED: reading the secret was refused with HTTP 404"):
        read_secret("projects/side/secrets/none/versions/1")


def test_a_message_reaches_the_subscriber_with_its_attributes(
    vertex_env: RunningServer, pushed: queue.Queue[Any]
) -> None:
    identifier = publish(TOPIC, b'{"verdict": "hold"}', {"state": "SUCCEEDED"})
    message = pushed.get(timeout=30)["message"]
    assert (message["messageId"], message["attributes"]) == (identifier, {"state": "SUCCEEDED"})
    assert base64.b64decode(message["data"]) == b'{"verdict": "hold"}'


@pytest.mark.parametrize(
    "messages",
    [None, [], [{}], [{"data": "no base64!"}], [{"attributes": {"a": 1}}], [{"data": "eA==", "subject": "x"}]],
)
def test_what_pubsub_refuses_is_refused(server: RunningServer, messages: Any) -> None:
    assert call(server, f"{TOPIC}:publish", {"messages": messages}).status_code == 400
