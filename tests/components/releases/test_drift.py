"""What differs from the ledger is found, shown before it is repaired, and never repaired at the cost of what serves."""

from __future__ import annotations

import pytest

from components.clock import Clock
from components.endpoint_deployment.observed import CHAMPION_ALIAS
from components.endpoint_deployment.repairs import Repairs
from components.endpoint_deployment.rollout_lease import RolloutLease, RolloutRecord
from components.endpoint_deployment.settle import drift, settle, settle_after_run
from components.endpoint_deployment.stable_endpoint import stable_name
from components.endpoint_deployment.status import line_status
from components.errors import RetuneError
from components.gcp.endpoints import Endpoints
from components.gcp.model_registry import ModelRegistry
from tests.components.releases.lines import LATER, Line, let_serve, live
from tests.components.stand_ins import FakeTime


def test_a_line_that_agrees_has_no_drift(line: Line) -> None:
    assert drift(line.step) == []
    let_serve(line.step, line.versions["a"])
    assert drift(line.step) == []
    status = line_status(line.step, Clock())
    assert [(one.role, one.traffic) for one in status.deployments] == [("champion", 100)]
    assert (status.rollout, status.drift, status.previous) == (None, [], None)


def test_what_people_change_by_hand_is_found_and_put_right(line: Line) -> None:
    first, second, third = (line.versions[letter] for letter in "abc")
    let_serve(line.step, first)
    endpoint = let_serve(line.run("run-2"), second).champion.endpoint
    endpoints, registry = Endpoints(line.step.cloud), ModelRegistry(line.step.cloud)
    stray = endpoints.deploy(endpoint, third.model, "by hand", {"0": 100})
    registry.remove_alias(second.model, CHAMPION_ALIAS)
    found = drift(line.step)
    assert [one.code for one in found] == ["TRAFFIC", "ORPHAN", "ALIAS"]
    assert found[0].what == f"release 2 has 0 % of the traffic of {endpoint}"
    assert live(line.step, endpoint)[third.model] == 100, "looking changes nothing"
    settle_after_run(line.run("run-3"), LATER)
    assert live(line.step, endpoint) == {first.model: 0, second.model: 100}
    assert stray not in {one.deployed_model_id for one in endpoints.deployments(endpoint)}
    assert drift(line.step) == []


def test_a_champion_that_was_undeployed_is_deployed_again(line: Line) -> None:
    first, second = line.versions["a"], line.versions["b"]
    let_serve(line.step, first)
    endpoint = let_serve(line.run("run-2"), second).champion.endpoint
    endpoints = Endpoints(line.step.cloud)
    ids = {one.model: one.deployed_model_id for one in endpoints.deployments(endpoint)}
    endpoints.undeploy(endpoint, ids[second.model], {ids[first.model]: 100})
    assert [one.code for one in drift(line.step)] == ["NOT-DEPLOYED"]
    settle(line.run("run-3"), "", Clock())
    assert live(line.step, endpoint) == {first.model: 0, second.model: 100}


def test_a_release_without_a_record_gets_one(line: Line) -> None:
    let_serve(line.step, line.versions["a"])
    line.step.storage.delete(f"{line.step.ledger.root}/releases/000001.json")
    assert [one.code for one in drift(line.step)] == ["RECORD"]
    settle(line.run("run-2"), "", Clock())
    assert drift(line.step) == []
    assert line.step.ledger.read_release(1)["by"] == "run-2"  # type: ignore[index]


def test_what_serves_is_never_undeployed(line: Line) -> None:
    first, second = line.versions["a"], line.versions["b"]
    let_serve(line.step, first)
    endpoint = let_serve(line.run("run-2"), second).champion.endpoint
    serving = next(one for one in Endpoints(line.step.cloud).deployments(endpoint) if one.traffic)
    with pytest.raises(RetuneError, match="RELEASE-SERVES"):
        Repairs(line.step).undeploy(endpoint, serving)
    assert live(line.step, endpoint)[second.model] == 100


def test_an_endpoint_that_the_ledger_does_not_know_is_left_alone(line: Line) -> None:
    """Somebody gave the wrong bucket: its ledger is empty, and the endpoint serves."""
    tuned, endpoints = line.versions["a"], Endpoints(line.step.cloud)
    endpoint = endpoints.find_or_create(stable_name(line.step), {})
    endpoints.deploy(endpoint, tuned.model, "of another ledger", {"0": 100})
    assert drift(line.step) == []
    settle(line.step, "", Clock())
    assert live(line.step, endpoint) == {tuned.model: 100}


def test_a_first_rollout_that_died_is_taken_off(line: Line) -> None:
    tuned, endpoints = line.versions["a"], Endpoints(line.step.cloud)
    endpoint = endpoints.find_or_create(stable_name(line.step), {})
    line.step.ledger.write_rollout(RolloutRecord("run-dead", "token", tuned.model, LATER.now() - 7200), 0)
    endpoints.deploy(endpoint, tuned.model, "died before the pointer", {"0": 100})
    assert line_status(line.step, LATER).rollout
    settle_after_run(line.run("run-2"), LATER)
    assert live(line.step, endpoint) == {}
    assert line.step.ledger.read_rollout(RolloutRecord) is None


def test_a_rollout_that_is_alive_is_left_alone(line: Line) -> None:
    let_serve(line.step, line.versions["a"])
    with RolloutLease(line.step.ledger, "run-alive", line.versions["b"].model, Clock()).held():
        assert line_status(line.step, Clock()).rollout
        settle_after_run(line.run("run-3"), Clock())
        held = line.step.ledger.read_rollout(RolloutRecord)
        assert held
        assert held[0].holder == "run-alive"


def test_who_waits_in_vain_says_who_is_at_work(line: Line) -> None:
    time, ledger = FakeTime(), line.step.ledger

    def beat(seconds: float) -> None:
        time.sleep(seconds)
        held = ledger.read_rollout(RolloutRecord)
        ledger.write_rollout(RolloutRecord("run-alive", "t", "", time.seconds), held[1] if held else 0)

    beat(0)
    waiting = RolloutLease(ledger, "run-4", "", Clock(now=lambda: time.seconds, sleep=beat))
    with pytest.raises(RetuneError, match="RELEASE-BUSY: run-alive is changing what serves"), waiting.held():
        pass


def test_who_lost_the_lease_stops(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("components.endpoint_deployment.rollout_lease.BEAT_S", 0.01)
    lease = RolloutLease(line.step.ledger, "run-slow", "", Clock())
    with lease.held():
        found = line.step.ledger.read_rollout(RolloutRecord)
        while found and not line.step.ledger.write_rollout(RolloutRecord("run-new", "t", "", 0.0), found[1]):
            found = line.step.ledger.read_rollout(RolloutRecord)
        assert lease._lost.wait(30)
        with pytest.raises(RetuneError, match="RELEASE-CONFLICT"):
            lease.check()
    kept = line.step.ledger.read_rollout(RolloutRecord)
    assert kept
    assert kept[0].holder == "run-new"
