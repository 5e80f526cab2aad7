"""Faults on demand, as a client meets them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from local_vertex.calls import ServiceError
from local_vertex.faults import Fault
from local_vertex.server import RunningServer

BUCKETS = "/storage/v1/b"


@pytest.fixture
def web(vertex_env: RunningServer) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=vertex_env.base_url) as client:
        yield client
        client.delete("/_faults")


def put_in_force(web: httpx.Client, **rule: Any) -> None:
    assert web.post("/_faults", json=rule).status_code == 200


def test_an_error_status_with_retry_after_in_each_services_shape(web: httpx.Client) -> None:
    put_in_force(web, action="status", status=429, retry_after_s=2)
    storage = web.get(BUCKETS)
    assert (storage.status_code, storage.headers["retry-after"]) == (429, "2")
    assert storage.json()["error"]["errors"][0]["reason"] == "RESOURCE_EXHAUSTED"
    vertex = web.get("/v1/projects/p/locations/l/models")
    assert vertex.json()["error"]["status"] == "RESOURCE_EXHAUSTED"


def test_only_the_nth_matching_request(web: httpx.Client) -> None:
    put_in_force(web, action="status", status=500, method="GET", path="^/storage", nth=2)
    assert web.get("/healthz").status_code == 200
    assert [web.get(BUCKETS).status_code for _ in range(3)] == [200, 500, 200]
    (rule,) = web.get("/_faults").json()["faults"]
    assert (rule["seen"], rule["fired"]) == (3, 1)


def test_only_the_first_times(web: httpx.Client) -> None:
    put_in_force(web, action="status", path="^/storage", times=2)
    assert [web.get(BUCKETS).status_code for _ in range(3)] == [503, 503, 200]
    assert web.delete("/_faults").json() == {"faults": []}


def test_a_reset_happens_before_any_work(web: httpx.Client) -> None:
    put_in_force(web, action="reset", method="POST", path="^/storage", times=1)
    with pytest.raises(httpx.TransportError):
        web.post(BUCKETS, json={"name": "reset-bucket"})
    assert web.get(f"{BUCKETS}/reset-bucket").status_code == 404


def test_a_lost_reply_comes_after_the_work(web: httpx.Client) -> None:
    put_in_force(web, action="lose_reply", method="POST", path="^/storage", times=1)
    with pytest.raises(httpx.TransportError):
        web.post(BUCKETS, json={"name": "lost-bucket"})
    assert web.get(f"{BUCKETS}/lost-bucket").status_code == 200


def test_a_cut_reply_breaks_off_in_its_body(web: httpx.Client) -> None:
    put_in_force(web, action="cut_reply", method="GET", path="^/storage", times=1)
    seen: list[bytes] = []
    with web.stream("GET", BUCKETS) as reply, pytest.raises(httpx.TransportError):
        seen.extend(reply.iter_bytes())
    whole = web.get(BUCKETS).content
    assert 0 < len(b"".join(seen)) < len(whole)
    assert whole.startswith(b"".join(seen))


def test_a_rate_is_drawn_from_its_seed() -> None:
    def struck() -> list[bool]:
        fault = Fault.of({"action": "reset", "rate": 0.3, "seed": 7})
        return [fault.strikes("GET", "/") for _ in range(1000)]

    assert struck() == struck()
    assert 200 < sum(struck()) < 400


@pytest.mark.parametrize(
    "rule",
    [
        {},
        {"action": "explode"},
        {"action": "reset", "path": "("},
        {"action": "reset", "nth": "2"},
        {"action": "reset", "nth": True},
        {"action": "reset", "unknown": 1},
        {"action": "status", "status": 200},
        {"action": "reset", "seen": 5},
    ],
)
def test_malformed_rules_are_refused(rule: dict[str, object]) -> None:
    with pytest.raises(ServiceError) as caught:
        Fault.of(rule)
    assert caught.value.code == 400
