"""Notifications of changes to objects: configured through the official client, pushed to a subscriber in the test."""

from __future__ import annotations

import base64
import json
import os
import queue
import signal
import threading
import uuid
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest
from google.api_core import exceptions
from google.cloud import storage

from local_vertex import server as servers
from local_vertex.server import RunningServer

WAIT_S = 30.0
Message = dict[str, Any]


class Subscriber:
    """An HTTP server that answers pushes with the statuses it is told, then with 204."""

    def __init__(self) -> None:
        self.pushes: queue.Queue[Message] = queue.Queue()
        self.statuses: list[int] = []
        self.may_answer = threading.Event()
        self.may_answer.set()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                outer.may_answer.wait(WAIT_S)
                outer.pushes.put(json.loads(body))
                self.send_response(outer.statuses.pop(0) if outer.statuses else 204)
                self.end_headers()

            def log_message(self, *arguments: object) -> None:
                """Say nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/push"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def next(self) -> Message:
        return self.pushes.get(timeout=WAIT_S)

    def events(self, number: int) -> list[tuple[str, str]]:
        """Type and object of the next messages, in the order of the events."""
        messages = sorted((self.next()["message"] for _ in range(number)), key=lambda one: int(one["messageId"]))
        return [(one["attributes"]["eventType"], one["attributes"]["objectId"]) for one in messages]


@pytest.fixture
def subscriber() -> Iterator[Subscriber]:
    made = Subscriber()
    yield made
    made.may_answer.set()
    made.server.shutdown()


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], RunningServer]]:
    """Starts a server of the test's own; the second call kills the first and starts another on its state."""
    started: list[RunningServer] = []

    def start() -> RunningServer:
        if started:
            os.kill(started[-1].pid, signal.SIGKILL)
            os.waitpid(started[-1].pid, 0)
        started.append(servers.start(tmp_path, idle_shutdown_s=60))
        monkeypatch.setenv("STORAGE_EMULATOR_HOST", started[-1].base_url)
        return started[-1]

    yield start
    started[-1].stop()


def subscribe(server: RunningServer, subscriber: Subscriber, topic: str) -> None:
    body = {"topic": f"projects/pushes/topics/{topic}", "push_endpoint": subscriber.url}
    assert httpx.post(f"{server.base_url}/_subscriptions", json=body).status_code == 200


def waiting(server: RunningServer, topic: str) -> int:
    found = httpx.get(f"{server.base_url}/_subscriptions").json()["subscriptions"]
    return sum(one["waiting"] for one in found if one["topic"].endswith(f"/{topic}"))


@pytest.fixture
def bucket(vertex_env: RunningServer) -> storage.Bucket:
    return storage.Client(project="pushes").create_bucket(f"bucket-{uuid.uuid4().hex[:12]}")


@pytest.fixture
def topic(vertex_env: RunningServer, subscriber: Subscriber) -> Iterator[str]:
    name = f"topic-{uuid.uuid4().hex[:8]}"
    subscribe(vertex_env, subscriber, name)
    yield name
    httpx.delete(f"{vertex_env.base_url}/_subscriptions")


def test_configurations_through_the_client(bucket: storage.Bucket) -> None:
    made = bucket.notification(
        "changes",
        custom_attributes={"k": "v"},
        event_types=["OBJECT_FINALIZE"],
        blob_name_prefix="datasets/",
        payload_format="JSON_API_V1",
    )
    made.create()
    assert made.exists()
    (found,) = bucket.list_notifications()
    assert (found.topic_name, found.topic_project, found.event_types) == ("changes", "pushes", ["OBJECT_FINALIZE"])
    assert (found.blob_name_prefix, found.custom_attributes) == ("datasets/", {"k": "v"})
    assert bucket.get_notification(made.notification_id).payload_format == "JSON_API_V1"
    made.delete()
    assert not made.exists()
    with pytest.raises(exceptions.NotFound):
        made.delete()
    with pytest.raises(exceptions.BadRequest):
        bucket.notification("changes", event_types=["OBJECT_READ"]).create()
    with pytest.raises(exceptions.BadRequest):
        bucket.notification("changes", payload_format="XML").create()
    with pytest.raises(exceptions.BadRequest):
        bucket.notification("changes/more").create()


def test_a_write_is_pushed_as_pub_sub_pushes_it(bucket: storage.Bucket, subscriber: Subscriber, topic: str) -> None:
    config = bucket.notification(topic, custom_attributes={"team": "search"}, payload_format="JSON_API_V1")
    config.create()
    blob = bucket.blob("datasets/a.jsonl")
    blob.upload_from_string("one")
    push = subscriber.next()
    message = push["message"]
    attributes = dict(message["attributes"])
    assert attributes.pop("eventTime")
    assert attributes == {
        "team": "search",
        "bucketId": bucket.name,
        "objectId": "datasets/a.jsonl",
        "objectGeneration": str(blob.generation),
        "eventType": "OBJECT_FINALIZE",
        "payloadFormat": "JSON_API_V1",
        "notificationConfig": f"projects/_/buckets/{bucket.name}/notificationConfigs/{config.notification_id}",
    }
    payload = json.loads(base64.b64decode(message["data"]))
    assert (payload["name"], payload["size"]) == ("datasets/a.jsonl", "3")
    assert message["messageId"] == message["message_id"]
    assert message["publishTime"] == message["publish_time"]
    assert push["subscription"].startswith("projects/pushes/subscriptions/")


def test_every_kind_of_change_has_its_events(bucket: storage.Bucket, subscriber: Subscriber, topic: str) -> None:
    bucket.notification(topic, payload_format="NONE").create()
    first, second = bucket.blob("x"), bucket.blob("x")
    first.upload_from_string("one")
    assert "data" not in subscriber.next()["message"]
    second.upload_from_string("two")
    pushed = {push["message"]["attributes"]["eventType"]: push for push in (subscriber.next(), subscriber.next())}
    overwrote = pushed["OBJECT_FINALIZE"]["message"]["attributes"]["overwroteGeneration"]
    overwritten = pushed["OBJECT_DELETE"]["message"]["attributes"]
    assert overwrote == overwritten["objectGeneration"] == str(first.generation)
    assert overwritten["overwrittenByGeneration"] == str(second.generation)
    second.patch()
    second.rewrite(second)
    assert [event for event, _ in subscriber.events(3)] == [
        "OBJECT_METADATA_UPDATE",
        "OBJECT_DELETE",
        "OBJECT_FINALIZE",
    ]
    bucket.blob("x").delete()
    assert subscriber.events(1) == [("OBJECT_DELETE", "x")]
    bucket.versioning_enabled = True
    bucket.patch()
    bucket.blob("x").upload_from_string("three")
    kept = bucket.blob("x")
    kept.upload_from_string("four")
    bucket.blob("x").delete()
    bucket.blob("x", generation=kept.generation).delete()
    assert [event for event, _ in subscriber.events(5)] == [
        "OBJECT_FINALIZE",
        "OBJECT_ARCHIVE",
        "OBJECT_FINALIZE",
        "OBJECT_ARCHIVE",
        "OBJECT_DELETE",
    ]


def test_only_what_was_asked_for_is_told(bucket: storage.Bucket, subscriber: Subscriber, topic: str) -> None:
    config = bucket.notification(topic, event_types=["OBJECT_FINALIZE"], blob_name_prefix="datasets/")
    config.create()
    bucket.notification("another-topic").create()
    for name in ("datasets/a", "other/b"):
        bucket.blob(name).upload_from_string("a")
    bucket.delete_blob("datasets/a")
    bucket.blob("datasets/last").upload_from_string("a")
    assert subscriber.events(2) == [("OBJECT_FINALIZE", "datasets/a"), ("OBJECT_FINALIZE", "datasets/last")]
    config.delete()
    bucket.blob("datasets/untold").upload_from_string("a")
    assert subscriber.pushes.empty()


def test_a_refused_write_is_not_told(bucket: storage.Bucket, subscriber: Subscriber, topic: str) -> None:
    bucket.notification(topic).create()
    with pytest.raises(exceptions.NotModified):
        bucket.blob("x").upload_from_string("a", if_generation_not_match=0)
    bucket.blob("y").upload_from_string("a")
    assert subscriber.events(1) == [("OBJECT_FINALIZE", "y")]


def test_a_message_is_repeated_until_it_is_taken(
    vertex_env: RunningServer, bucket: storage.Bucket, subscriber: Subscriber, topic: str
) -> None:
    subscriber.statuses = [500, 302]
    bucket.notification(topic).create()
    bucket.blob("x").upload_from_string("a")
    assert len({subscriber.next()["message"]["messageId"] for _ in range(3)}) == 1
    bucket.blob("y").upload_from_string("a")
    assert subscriber.events(1) == [("OBJECT_FINALIZE", "y")]


def test_a_subscriber_that_does_not_answer_delays_no_write(
    vertex_env: RunningServer, bucket: storage.Bucket, subscriber: Subscriber, topic: str
) -> None:
    bucket.notification(topic).create()
    subscriber.may_answer.clear()
    for number in range(5):
        bucket.blob(str(number)).upload_from_string("a")
    assert waiting(vertex_env, topic) == 5
    subscriber.may_answer.set()
    assert {name for _, name in subscriber.events(5)} == set("01234")


def test_what_was_not_taken_is_delivered_by_the_next_server(
    own: Callable[[], RunningServer], subscriber: Subscriber
) -> None:
    server = own()
    subscribe(server, subscriber, "changes")
    subscriber.may_answer.clear()
    bucket = storage.Client(project="pushes").create_bucket("kept-messages")
    bucket.notification("changes").create()
    bucket.blob("x").upload_from_string("a")
    again = own()
    assert waiting(again, "changes") == 1
    subscriber.may_answer.set()
    assert subscriber.events(1) == [("OBJECT_FINALIZE", "x")]
    storage.Client(project="pushes").bucket("kept-messages").blob("y").upload_from_string("a")
    # The killed server may have pushed "x" too, without hearing that it was taken.
    told = next(event for event in iter(lambda: subscriber.events(1)[0], None) if event[1] != "x")
    assert told == ("OBJECT_FINALIZE", "y")


@pytest.mark.parametrize(
    "body",
    [
        "topic",
        {},
        {"topic": "t", "push_endpoint": "http://127.0.0.1:1/"},
        {"topic": "projects/p/topics/t", "push_endpoint": "http://example.com/"},
        {"topic": "projects/p/topics/t", "push_endpoint": "https://127.0.0.1/"},
        {"topic": "projects/p/topics/t", "push_endpoint": "http://[::1"},
        {"topic": "projects/p/topics/t", "push_endpoint": "http://127.0.0.1:1/", "more": 1},
    ],
)
def test_what_is_no_local_subscription_is_refused(vertex_env: RunningServer, body: object) -> None:
    assert httpx.post(f"{vertex_env.base_url}/_subscriptions", json=body).status_code == 400
