"""Rollback: one command lets an earlier version serve, whatever has become of the newest one."""

from __future__ import annotations

import pytest

from components.clock import Clock
from components.endpoint_deployment.history import (
    effective,
    fallback,
    read_release,
    read_releases,
    standing,
    write_release,
)
from components.endpoint_deployment.observed import CHAMPION_ALIAS, PREVIOUS_ALIAS
from components.endpoint_deployment.rollback import roll_back, rollback_target
from components.endpoint_deployment.settle import drift, settle_after_run
from components.errors import RetuneError
from components.gcp.endpoints import Endpoints
from components.gcp.model_registry import ModelRegistry
from components.supervised_tuning.tuned_model import TunedModel
from tests.components.releases.lines import LATER, Line, champion, let_serve, live, private_copy
from tests.components.stand_ins import Faults


@pytest.fixture
def three(line: Line) -> list[TunedModel]:
    """Three versions that were released one after another."""
    found = [line.versions[letter] for letter in "abc"]
    for number, tuned in enumerate(found, start=1):
        let_serve(line.run(f"run-{number}"), tuned)
    return found


def test_the_version_before_serves_again(line: Line, three: list[TunedModel]) -> None:
    made = roll_back(line.run("back"), None, "ann", "wrong language")
    assert (made.number, made.kind, made.restores, made.by, made.why) == (4, "rollback", 2, "ann", "wrong language")
    assert made.champion.model == three[1].model
    assert champion(line.step) == made.champion
    assert read_release(line.step.ledger, 4) == made
    assert live(line.step, made.champion.endpoint) == {three[1].model: 100}
    aliases = {one.model: ModelRegistry(line.step.cloud).aliases(one.model) for one in three}
    assert CHAMPION_ALIAS in aliases[three[1].model]
    assert PREVIOUS_ALIAS in aliases[three[0].model]
    assert {CHAMPION_ALIAS, PREVIOUS_ALIAS} & set(aliases[three[2].model]) == set()
    assert drift(line.step) == []


def test_again_and_again_it_goes_further_back(line: Line, three: list[TunedModel]) -> None:
    roll_back(line.run("back-1"), None, "ann", "")
    again = roll_back(line.run("back-2"), None, "ann", "")
    assert (again.number, again.restores, again.champion.model) == (5, 1, three[0].model)
    assert live(line.step, again.champion.endpoint) == {three[0].model: 100}, "it was deployed anew"
    with pytest.raises(RetuneError, match="ROLLBACK-NONE"):
        roll_back(line.run("back-3"), None, "ann", "")
    releases = read_releases(line.step.ledger)
    served = effective(releases, champion(line.step))
    assert [one.number for one in served] == [5, 4, 3, 2, 1]


def test_after_a_rollback_the_next_release_goes_back_to_what_was_restored(line: Line, three: list[TunedModel]) -> None:
    roll_back(line.run("back"), None, "ann", "")
    made = let_serve(line.run("run-5"), three[2])
    restored = fallback(line.step.ledger, made.champion)
    assert restored
    assert restored.model == three[1].model


def test_any_release_that_served_can_be_named(line: Line, three: list[TunedModel]) -> None:
    assert rollback_target(line.step, 1).model == three[0].model
    with pytest.raises(RetuneError, match="ROLLBACK-SERVES"):
        rollback_target(line.step, 3)
    with pytest.raises(RetuneError, match="ROLLBACK-UNKNOWN") as raised:
        rollback_target(line.step, 9)
    assert raised.value.next_step == "choose one of 1, 2, 3"


def test_the_newest_version_may_be_gone(line: Line) -> None:
    first, newest = line.versions["a"], private_copy(line, "b")
    let_serve(line.step, first)
    endpoint = let_serve(line.run("run-2"), newest).champion.endpoint
    endpoints = Endpoints(line.step.cloud)
    ids = {one.model: one.deployed_model_id for one in endpoints.deployments(endpoint)}
    endpoints.undeploy(endpoint, ids[newest.model], {ids[first.model]: 100})
    ModelRegistry(line.step.cloud).delete(newest.model)
    assert next(one.code for one in drift(line.step)) == "MODEL-GONE"
    made = roll_back(line.run("back"), None, "ann", "deleted by mistake")
    assert made.champion.model == first.model
    assert live(line.step, endpoint) == {first.model: 100}
    assert drift(line.step) == []


@pytest.mark.parametrize("how", ["rollback", "doctor"])
def test_the_stable_endpoint_itself_may_be_gone(line: Line, how: str) -> None:
    first, second = line.versions["a"], line.versions["b"]
    let_serve(line.step, first)
    endpoint = let_serve(line.run("run-2"), second).champion.endpoint
    endpoints = Endpoints(line.step.cloud)
    for one in sorted(endpoints.deployments(endpoint), key=lambda one: one.traffic):
        endpoints.undeploy(endpoint, one.deployed_model_id, {})
    endpoints.delete(endpoint)
    assert next(one.fix for one in drift(line.step)).startswith("make it again")
    if how == "rollback":
        roll_back(line.run("back"), None, "ann", "somebody deleted it")
    else:
        settle_after_run(line.run("run-3"), LATER)
    assert live(line.step, endpoint) == {(first if how == "rollback" else second).model: 100}
    assert drift(line.step) == []


def test_what_would_be_restored_must_be_there(line: Line) -> None:
    gone = private_copy(line, "a")
    let_serve(line.step, gone)
    old = let_serve(line.run("run-2"), line.versions["b"]).champion
    endpoints = Endpoints(line.step.cloud)
    ids = {one.model: one.deployed_model_id for one in endpoints.deployments(old.endpoint)}
    endpoints.undeploy(old.endpoint, ids[gone.model], {})
    ModelRegistry(line.step.cloud).delete(gone.model)
    with pytest.raises(RetuneError, match="ROLLBACK-GONE"):
        roll_back(line.run("back"), None, "ann", "")
    assert champion(line.step) == old
    assert [one.code for one in drift(line.step)] == ["FALLBACK-GONE"]


@pytest.mark.parametrize("how", ["undeployed", "deleted", "silent"])
def test_an_endpoint_of_its_own_must_still_answer(line: Line, own_model: TunedModel, faults: Faults, how: str) -> None:
    """Nothing deploys it again there, and the pointer would lead to nowhere."""
    let_serve(line.step, own_model)
    serving = let_serve(line.run("run-2"), line.versions["a"]).champion
    endpoints = Endpoints(line.step.cloud)
    if how == "silent":
        path = f"{own_model.endpoint.rsplit('/', 1)[-1]}:generateContent"
        faults.add(action="status", status=404, path=path, times=9)
    else:
        endpoints.undeploy(own_model.endpoint, endpoints.deployments(own_model.endpoint)[0].deployed_model_id, {})
    if how == "deleted":
        endpoints.delete(own_model.endpoint)
    with pytest.raises(RetuneError, match="ROLLBACK-GONE") as raised:
        roll_back(line.run("back"), None, "ann", "")
    assert own_model.endpoint in raised.value.where
    assert champion(line.step) == serving


@pytest.mark.parametrize("how", ["undeployed", "deleted"])
def test_the_newest_version_may_be_gone_from_an_endpoint_of_its_own(
    line: Line, own_model: TunedModel, how: str
) -> None:
    first = line.versions["m"]
    let_serve(line.step, first)
    let_serve(line.run("run-2"), own_model)
    endpoints = Endpoints(line.step.cloud)
    endpoints.undeploy(own_model.endpoint, endpoints.deployments(own_model.endpoint)[0].deployed_model_id, {})
    if how == "deleted":
        endpoints.delete(own_model.endpoint)
        ModelRegistry(line.step.cloud).delete(own_model.model)
    assert drift(line.step)[0].fix == "run `retune rollback`"
    assert roll_back(line.run("back"), None, "ann", "").champion.endpoint == first.endpoint
    assert drift(line.step) == []


def test_a_newest_version_that_answers_nothing_does_not_stop_a_rollback(
    line: Line, three: list[TunedModel], faults: Faults
) -> None:
    faults.add(action="status", status=503, path=":generateContent", rate=1.0)
    assert roll_back(line.run("back"), None, "ann", "").champion.model == three[1].model
    assert drift(line.step) == []


def test_when_the_traffic_cannot_follow_the_error_says_so_and_the_next_one_moves_it(
    line: Line, three: list[TunedModel], faults: Faults
) -> None:
    stable = champion(line.step).endpoint.rsplit("/", 1)[-1]
    faults.add(action="status", status=400, method="PATCH", path=f"endpoints/{stable}")
    with pytest.raises(RetuneError, match="SERVICE-REFUSED") as raised:
        roll_back(line.run("back"), None, "ann", "", Clock(sleep=lambda seconds: None))
    assert "retune doctor --fix" in raised.value.__notes__[0]
    faults.clear()
    assert champion(line.step).model == three[1].model
    assert "TRAFFIC" in {one.code for one in drift(line.step)}
    settle_after_run(line.run("after"), LATER)
    assert drift(line.step) == []
    assert live(line.step, champion(line.step).endpoint)[three[1].model] == 100


def test_a_version_of_a_multi_region_is_restored_by_the_pointer_alone(line: Line) -> None:
    first, second = line.versions["m"], line.versions["a"]
    let_serve(line.step, first)
    let_serve(line.run("run-2"), second)
    made = roll_back(line.run("back"), None, "ann", "")
    assert made.champion.endpoint == first.endpoint
    assert drift(line.step) == []


def test_a_release_that_never_took_effect_is_told_apart(line: Line, three: list[TunedModel]) -> None:
    record = read_release(line.step.ledger, 3)
    assert record
    write_release(line.step.ledger, record)  # and then its run was killed
    serving = champion(line.step)
    releases = read_releases(line.step.ledger)
    took_effect = {one.number for one in effective(releases, serving)}
    standings = {number: standing(one, took_effect, serving) for number, one in releases.items()}
    assert standings == {1: "served", 2: "served", 3: "serves", 4: "never served"}
    assert roll_back(line.run("back"), None, "ann", "").number == 5
