"""Rollouts move the traffic step by step, stop at the first bad sign, and leave what the champion pointer says."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from google.cloud.aiplatform_v1 import EndpointServiceClient
from google.cloud.aiplatform_v1.types import Endpoint
from google.protobuf.field_mask_pb2 import FieldMask

from components.clock import Clock
from components.endpoint_deployment.history import read_release
from components.endpoint_deployment.observed import CHAMPION_ALIAS, PREVIOUS_ALIAS
from components.endpoint_deployment.release_record import Release
from components.endpoint_deployment.rollback import roll_back
from components.endpoint_deployment.settle import drift, settle_after_run
from components.errors import RetuneError
from components.gcp.clients import gapic_client
from components.gcp.endpoints import Endpoints, endpoint_number
from components.gcp.ledger import Champion
from components.gcp.model_registry import ModelRegistry
from components.gcp.storage import PreconditionFailed
from local_vertex.server import RunningServer
from tests.components.releases.lines import LATER, Line, champion, let_serve, live

STEPS = {"steps": [10, 50, 100]}


@pytest.fixture
def splits(monkeypatch: pytest.MonkeyPatch) -> list[list[int]]:
    """Every traffic split that is asked for, as shares in ascending order."""
    asked: list[list[int]] = []
    original = Endpoints.set_traffic

    def recording(self: Endpoints, endpoint: str, traffic_split: dict[str, int]) -> None:
        asked.append(sorted(traffic_split.values()))
        original(self, endpoint, traffic_split)

    monkeypatch.setattr(Endpoints, "set_traffic", recording)
    return asked


def test_the_traffic_moves_in_the_configured_steps_with_a_probe_at_each(line: Line, splits: list[list[int]]) -> None:
    first, second = line.versions["a"], line.versions["b"]
    endpoint = let_serve(line.step, first).champion.endpoint
    made = let_serve(line.run("run-2", STEPS), second)
    assert splits == [[100], [10, 90], [50, 50], [100]]
    assert live(line.step, endpoint) == {first.model: 0, second.model: 100}
    assert [report.share for report in made.steps] == [0, 10, 50, 100]
    assert [report.asked for report in made.steps] == [3, 30, 6, 3]
    assert all(report.champion_latency_p50_ms for report in made.steps)
    assert read_release(line.step.ledger, 2) == made
    assert (made.by, made.why, made.kind) == ("run run-2", "better", "promotion")


def test_the_steps_are_the_users(line: Line, splits: list[list[int]]) -> None:
    let_serve(line.step, line.versions["a"])
    let_serve(line.run("run-2", {"steps": [25, 100]}), line.versions["b"])
    assert splits[1:] == [[25, 75], [100]]


def test_all_traffic_moves_at_once_where_it_cannot_be_split(
    line: Line, server: RunningServer, splits: list[list[int]]
) -> None:
    first, second = line.versions["a"], line.versions["b"]
    endpoint = let_serve(line.step, first).champion.endpoint
    httpx.post(f"{server.base_url}/_settings", json={"weighted_traffic": "refuse"}).raise_for_status()
    try:
        made = let_serve(line.run("run-2", STEPS), second)
    finally:
        httpx.post(f"{server.base_url}/_settings", json={"weighted_traffic": "accept"}).raise_for_status()
    assert splits[1:] == [[10, 90], [100]]
    assert [report.share for report in made.steps] == [0, 100]
    assert live(line.step, endpoint) == {first.model: 0, second.model: 100}


def test_traffic_that_somebody_else_changed_stops_the_rollout(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = line.versions["a"], line.versions["b"]
    old = let_serve(line.step, first).champion
    give = Endpoints.set_traffic

    def overruled(self: Endpoints, endpoint: str, traffic_split: dict[str, int]) -> None:
        give(self, endpoint, traffic_split)
        if set(traffic_split.values()) == {10, 90}:
            give(self, endpoint, {one: 100 if share == 90 else 0 for one, share in traffic_split.items()})

    monkeypatch.setattr(Endpoints, "set_traffic", overruled)
    with pytest.raises(RetuneError, match=r"DEPLOY-TRAFFIC: .* given 10 % of the traffic and has 0 %"):
        let_serve(line.run("run-2", STEPS), second)
    assert live(line.step, old.endpoint) == {first.model: 100}


def test_golden_prompts_are_asked_before_any_traffic_moves(line: Line, splits: list[list[int]]) -> None:
    golden = {"prompt": "question 1 about a", "contains": "A"}
    let_serve(line.run("run-1", {"golden_prompts": [golden]}), line.versions["a"])
    wrong = {**golden, "contains": "something else"}
    with pytest.raises(RetuneError, match=r"DEPLOY-GOLDEN: .* golden prompt 2 of 2 was answered without") as raised:
        let_serve(line.run("run-2", {"golden_prompts": [golden, wrong]}), line.versions["b"])
    assert "something else" not in str(raised.value)
    assert len(splits) == 1


def test_a_version_of_a_multi_region_serves_at_its_own_endpoint(line: Line, splits: list[list[int]]) -> None:
    old = let_serve(line.step, line.versions["a"]).champion
    made = let_serve(line.run("run-2"), line.versions["m"])
    assert made.champion.endpoint == line.versions["m"].endpoint
    assert len(splits) == 1
    assert live(line.step, old.endpoint) == {old.model: 100}, "kept for a rollback"
    assert drift(line.step) == []


def test_champion_and_previous_have_their_aliases(line: Line) -> None:
    first, second = line.versions["a"], line.versions["b"]
    let_serve(line.step, first)
    let_serve(line.run("run-2"), second)
    registry = ModelRegistry(line.step.cloud)
    assert {CHAMPION_ALIAS} == {CHAMPION_ALIAS, PREVIOUS_ALIAS} & set(registry.aliases(second.model))
    assert {PREVIOUS_ALIAS} == {CHAMPION_ALIAS, PREVIOUS_ALIAS} & set(registry.aliases(first.model))


def test_only_one_version_has_the_alias_previous(line: Line) -> None:
    registry = ModelRegistry(line.step.cloud)
    for number, letter in enumerate("abc", start=1):
        let_serve(line.run(f"run-{number}"), line.versions[letter])
    holders = [letter for letter in "abc" if PREVIOUS_ALIAS in registry.aliases(line.versions[letter].model)]
    assert holders == ["b"]
    roll_back(line.run("back"), 1, "ann", "")
    holders = [letter for letter in "abc" if PREVIOUS_ALIAS in registry.aliases(line.versions[letter].model)]
    assert holders == [], "nothing served before the first release"


def test_killed_between_pointer_and_aliases_the_end_of_the_next_run_finishes_it(
    line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A next run that has nothing to tune never releases anything; what is missing must not wait for one that does."""
    first, second = line.versions["a"], line.versions["b"]
    endpoint = let_serve(line.step, first).champion.endpoint

    class Killed(BaseException):
        """What no handler of the release survives."""

    killed = line.run("run-2")
    original = killed.ledger.replace_champion

    def replace_and_die(new: Champion, seen_generation: int) -> None:
        original(new, seen_generation)
        monkeypatch.setattr("components.endpoint_deployment.release.settle", die)
        raise Killed

    def die(*_: object) -> None:
        raise Killed

    monkeypatch.setattr(killed.ledger, "replace_champion", replace_and_die)
    with pytest.raises(Killed):
        let_serve(killed, second)
    assert champion(line.step).model == second.model
    assert read_release(line.step.ledger, 2)
    assert {one.code for one in drift(line.step)} == {"ALIAS", "UNMARKED"}
    settle_after_run(line.run("run-3"), LATER)
    assert drift(line.step) == []
    assert live(line.step, endpoint) == {first.model: 0, second.model: 100}


def test_two_releases_at_once_one_wins_and_the_other_says_so(line: Line) -> None:
    """The second one waits for the first, and finds another champion than the one it was compared with."""
    first, second, third = (line.versions[letter] for letter in "abc")
    old = let_serve(line.step, first).champion
    let_serve(line.run("run-2"), second)
    with pytest.raises(RetuneError, match="RELEASE-CONFLICT"):
        let_serve(line.run("run-3"), third, compared_with=old.model)
    assert live(line.step, old.endpoint) == {first.model: 0, second.model: 100}


def test_two_releases_that_begin_at_the_same_moment_one_wins_and_the_other_says_so(line: Line) -> None:
    """Both versions were compared with the champion of this moment, and both rollouts begin before either ends."""
    first, *rivals = (line.versions[letter] for letter in "abc")
    old, both_here = let_serve(line.step, first).champion, threading.Barrier(2)

    def promote(number: int) -> Release | RetuneError:
        step, clock = line.run(f"run-{number + 2}"), Clock(sleep=lambda seconds: time.sleep(0.05))
        both_here.wait(30)
        try:
            return let_serve(step, rivals[number], clock, compared_with=old.model)
        except RetuneError as error:
            return error

    with ThreadPoolExecutor(2) as runs:
        ended = list(runs.map(promote, range(2)))
    (won,) = [one for one in ended if isinstance(one, Release)]
    (lost,) = [one for one in ended if isinstance(one, RetuneError)]
    assert (lost.code, lost.where) == ("RELEASE-CONFLICT", f"{line.step.ledger.root}/champion.json")
    assert champion(line.step) == won.champion
    assert live(line.step, old.endpoint) == {first.model: 0, won.champion.model: 100}
    assert drift(line.step) == []
    assert line.step.ledger.read_rollout(dict) is None


def test_a_pointer_that_moved_in_spite_of_the_lease_wins(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = line.versions["a"], line.versions["b"]
    old = let_serve(line.step, first).champion
    racing = line.run("run-2")
    monkeypatch.setattr(racing.ledger, "replace_champion", _refused)
    with pytest.raises(RetuneError, match="RELEASE-CONFLICT"):
        let_serve(racing, second)
    assert champion(line.step) == old
    assert live(line.step, old.endpoint) == {first.model: 100}
    assert drift(line.step) == []


def _refused(new: Champion, seen_generation: int) -> None:
    raise PreconditionFailed


def test_two_first_releases_at_once_make_one_endpoint(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both look before either makes it: the service itself lets one of them win."""
    name, both_looked, look = f"{line.step.name}-first", threading.Barrier(2), Endpoints.find

    def looking(self: Endpoints, display_name: str, location: str = "") -> str:
        found = look(self, display_name, location)
        both_looked.wait(30)
        return found

    monkeypatch.setattr(Endpoints, "find", looking)
    with ThreadPoolExecutor(2) as runs:
        made = list(runs.map(lambda _: Endpoints(line.step.cloud).find_or_create(name, {}), range(2)))
    monkeypatch.setattr(Endpoints, "find", look)
    assert made[0] == made[1] == Endpoints(line.step.cloud).find(name)


def test_terraform_and_the_pipeline_number_the_endpoint_alike() -> None:
    assert endpoint_number("support-triage") == "254933026", "as terraform/tests/serving.tftest.hcl says"


def test_an_endpoint_of_another_name_is_not_taken_for_the_stable_one(line: Line) -> None:
    endpoints = Endpoints(line.step.cloud)
    made = endpoints.find_or_create(f"{line.step.name}-mine", {})
    client = gapic_client(EndpointServiceClient, line.step.cloud.location)
    renamed = Endpoint(name=made, display_name="somebody else's")
    client.update_endpoint(endpoint=renamed, update_mask=FieldMask(paths=["display_name"]))
    with pytest.raises(RetuneError, match=r"SERVICE-REFUSED.*409"):
        endpoints.find_or_create(f"{line.step.name}-mine", {})
