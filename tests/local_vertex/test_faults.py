"""Faults on demand, as a client meets them."""

from __future__ import annotations

import json
import random
import time
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from google.cloud import aiplatform_v1

from local_vertex import server as servers
from local_vertex.calls import ServiceError
from local_vertex.fault_plans import fault_plan
from local_vertex.server import LocalVertexError, RunningServer

BUCKETS = "/storage/v1/b"
PLAN = {
    "seed": 7,
    "faults": [
        {"action": "status", "status": 429, "path": "^/storage", "rate": 0.3, "retry_after_s": 1},
        {"action": "status", "status": 503, "rate": 0.3},
    ],
}
REQUESTS = [
    ("GET", path) for path in (BUCKETS, "/storage/v1/b/x", "/v1/projects/p/locations/l/models") for _ in range(25)
]


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


def test_the_stand_in_itself_stays_within_reach(web: httpx.Client) -> None:
    put_in_force(web, action="status")
    assert web.get(BUCKETS).status_code == 503
    assert [web.get(path).status_code for path in ("/healthz", "/_faults", "/_subscriptions")] == [200] * 3


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


def fates(web: httpx.Client, plan: dict[str, Any], requests: list[tuple[str, str]]) -> dict[tuple[str, str], list[int]]:
    """The statuses of each method and path, in the order of its requests, under a plan."""
    assert web.delete("/_faults").json() == {"faults": []}
    assert web.post("/_faults", json=plan).status_code == 200
    found = defaultdict(list)
    for method, path in requests:
        found[method, path].append(web.request(method, path).status_code)
    return found


def test_a_plan_gives_the_same_requests_the_same_faults_in_any_order(web: httpx.Client) -> None:
    first = fates(web, PLAN, REQUESTS)
    counts = [(rule["seen"], rule["fired"]) for rule in web.get("/_faults").json()["faults"]]
    statuses = [status for fate in first.values() for status in fate]
    assert [fired for _, fired in counts] == [statuses.count(429), statuses.count(503)]
    assert all(count > 5 for count in (statuses.count(429), statuses.count(503)))
    shuffled = random.Random(3).sample(REQUESTS, len(REQUESTS))
    assert fates(web, PLAN, shuffled) == first
    assert fates(web, {**PLAN, "seed": 8}, REQUESTS) != first


def test_a_plan_is_read_from_a_file_when_the_server_starts(tmp_path: Path) -> None:
    file = tmp_path / "faults.json"
    file.write_text(json.dumps(PLAN))
    found = []
    for state in ("a", "b"):
        server = servers.start(tmp_path / state, ephemeral=True, idle_shutdown_s=60, faults=file)
        try:
            with httpx.Client(base_url=server.base_url) as client:
                found.append([client.request(method, path).status_code for method, path in REQUESTS])
        finally:
            server.stop()
    assert found[0] == found[1]
    assert {429, 503} < set(found[0])


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{", '{"faults": 1}', '{"faults": [1]}', '{"faults": [], "seeds": 1}', '{"faults": [], "seed": "1"}'],
)
def test_a_file_that_is_no_plan_ends_the_start(tmp_path: Path, text: str) -> None:
    file = tmp_path / "faults.json"
    file.write_text(text)
    with pytest.raises(LocalVertexError) as caught:
        servers.start(tmp_path / "state", ephemeral=True, faults=file)
    assert (caught.value.code, str(file) in caught.value.message) == ("LV-FAULTS-INVALID", True)


def test_a_delayed_request_takes_as_long(web: httpx.Client) -> None:
    put_in_force(web, action="delay", path="^/storage", delay_s=0.2, times=1)
    started = time.monotonic()
    assert web.get(BUCKETS).status_code == 200
    assert time.monotonic() - started >= 0.2


def test_a_late_reply_comes_after_work_that_was_done_at_once(web: httpx.Client) -> None:
    put_in_force(web, action="late_reply", path="^/storage", delay_s=2, times=1)
    with pytest.raises(httpx.ReadTimeout):
        web.post(BUCKETS, json={"name": "late-bucket"}, timeout=0.3)
    assert web.get(f"{BUCKETS}/late-bucket").status_code == 200


def test_a_late_reply_is_whole_and_takes_as_long(web: httpx.Client) -> None:
    put_in_force(web, action="late_reply", path="^/storage", delay_s=0.2, times=1)
    started = time.monotonic()
    late = web.get(BUCKETS)
    assert time.monotonic() - started >= 0.2
    assert late.json() == web.get(BUCKETS).json()


@pytest.fixture
def endpoints(vertex_env: RunningServer) -> aiplatform_v1.EndpointServiceClient:
    return aiplatform_v1.EndpointServiceClient(transport="rest", client_options={"api_endpoint": vertex_env.base_url})


def create(endpoints: aiplatform_v1.EndpointServiceClient) -> Any:
    return endpoints.create_endpoint(
        parent="projects/slow/locations/us-central1", endpoint=aiplatform_v1.Endpoint(display_name="slow")
    )


def test_a_slow_operation_is_not_done_at_once(
    web: httpx.Client, endpoints: aiplatform_v1.EndpointServiceClient
) -> None:
    put_in_force(web, action="slow_operation", path="/projects/slow/.*endpoints$", delay_s=3600, times=1)
    put_in_force(web, action="slow_operation", path="/projects/slow/.*endpoints$", delay_s=0.1, times=1)
    endless, short, normal = create(endpoints), create(endpoints), create(endpoints)
    assert normal.done()
    assert short.result(timeout=30).display_name == "slow"
    assert not endless.done()


def test_of_many_rates_the_share_is_about_right() -> None:
    (fault,) = fault_plan({"action": "reset", "rate": 0.3, "seed": 7})
    assert 200 < sum(fault.strikes("GET", "/") for _ in range(1000)) < 400


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
        fault_plan(rule)
    assert caught.value.code == 400
