"""Two environments in one project and region, which know nothing of each other: neither takes what serves in the other.

Their configurations differ in the bucket only, so they have one stable endpoint by name, and each other's models.
"""

from __future__ import annotations

import asyncio
import json
import time

import pytest

from components.clock import Clock
from components.endpoint_deployment.clean import plan_cleaning
from components.endpoint_deployment.history import read_release
from components.endpoint_deployment.removal import Removal
from components.endpoint_deployment.rollback import roll_back
from components.endpoint_deployment.settle import drift, settle
from components.errors import RetuneError
from components.gcp.endpoints import Endpoints
from components.gcp.generation import Generator
from components.gcp.ledger import encode
from components.gcp.model_registry import ModelRegistry
from components.line_labels import LINE_LABEL, OWNER_LABEL, use_label
from components.step import Step, open_step
from components.supervised_tuning.tuned_model import TunedModel
from tests.components.releases.lines import REQUESTS, Line, champion, config, let_serve, live

OLD_S = 40 * 86_400.0


@pytest.fixture
def other(line: Line) -> Step:
    """The same line of another environment: another bucket, the same project and region."""
    sections = config(line.step.name)
    sections["cloud"]["bucket"] = f"other-{line.step.name}"
    opened = open_step(json.dumps(sections), "run-other")
    opened.storage.ensure_bucket(opened.cloud.bucket, opened.cloud.location)
    return opened


def planned(step: Step) -> list[Removal]:
    return plan_cleaning(step, older_than_days=30, keep_releases=2, now=time.time() + OLD_S)


def answers(tuned: TunedModel, step: Step) -> bool:
    generator = Generator(step.cloud.project, step.cloud.location, tuned.endpoint, thinking="level:minimal")
    return asyncio.run(generator.ask(REQUESTS[0])).error == ""


def test_a_release_does_not_take_the_endpoint_of_another_environment(line: Line, other: Step) -> None:
    endpoint = let_serve(line.step, line.versions["a"]).champion.endpoint
    with pytest.raises(RetuneError, match="RELEASE-SHARED") as raised:
        let_serve(other, line.versions["b"])
    assert raised.value.where == endpoint
    assert live(line.step, endpoint) == {line.versions["a"].model: 100}
    assert other.ledger.champion() is None
    assert other.ledger.read_rollout(dict) is None, "nothing is left to undo"
    assert drift(line.step) == []


def test_an_endpoint_that_terraform_made_belongs_to_who_releases_first(line: Line, other: Step) -> None:
    endpoints = Endpoints(line.step.cloud)
    made = endpoints.find_or_create(line.step.name, {LINE_LABEL: line.step.name, "team": "support"})
    assert let_serve(line.step, line.versions["a"]).champion.endpoint == made
    assert endpoints.labels(made).keys() == {LINE_LABEL, "team", OWNER_LABEL}
    with pytest.raises(RetuneError, match="RELEASE-SHARED"):
        let_serve(other, line.versions["b"])


def test_what_serves_at_an_endpoint_without_an_owner_is_not_taken_either(line: Line) -> None:
    """Somebody deployed it by hand, or an earlier version of this program did for another ledger."""
    endpoints, served = Endpoints(line.step.cloud), line.versions["a"]
    made = endpoints.find_or_create(line.step.name, {})
    endpoints.deploy(made, served.model, "by hand", {"0": 100})
    with pytest.raises(RetuneError, match="RELEASE-SHARED"):
        let_serve(line.step, line.versions["b"])
    assert live(line.step, made) == {served.model: 100}


def test_an_endpoint_that_is_taken_while_traffic_moves_stops_the_rollout(
    line: Line, other: Step, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = let_serve(line.step, line.versions["a"]).champion
    give = Endpoints.set_traffic

    def taken(self: Endpoints, endpoint: str, traffic_split: dict[str, int]) -> None:
        give(self, endpoint, traffic_split)
        self.set_labels(endpoint, {OWNER_LABEL: "another"})

    monkeypatch.setattr(Endpoints, "set_traffic", taken)
    with pytest.raises(RetuneError, match="RELEASE-SHARED"):
        let_serve(line.run("run-2", {"steps": [10, 100]}), line.versions["b"])
    assert live(line.step, first.endpoint) == {line.versions["a"].model: 90, line.versions["b"].model: 10}
    assert next(one.code for one in drift(line.step)) == "ENDPOINT-SHARED"


def test_neither_doctor_nor_rollback_moves_the_traffic_of_another_environment(line: Line, other: Step) -> None:
    """The other ledger says that it served there, as an earlier version of this program could have it."""
    let_serve(line.step, line.versions["a"])
    second = let_serve(line.run("run-2"), line.versions["b"]).champion
    for number in (1, 2):
        other.ledger.write_release(number, read_release(line.step.ledger, number))
    other.storage.write(f"{other.ledger.root}/champion.json", encode(second))
    let_serve(line.run("run-3"), line.versions["c"])
    before = live(line.step, second.endpoint)
    assert before[line.versions["c"].model] == 100
    found = drift(other)
    assert [one.code for one in found if one.repair is None] == ["ENDPOINT-SHARED"]
    settle(other, line.versions["c"].model, Clock())
    with pytest.raises(RetuneError, match="RELEASE-SHARED"):
        roll_back(other, None, "ann", "by mistake")
    assert champion(other).release == 2
    assert live(line.step, second.endpoint) == before
    assert {one.code for one in drift(line.step)} <= {"ALIAS"}, "aliases are the only thing that both may turn"


def test_cleaning_leaves_a_model_that_another_environment_uses(line: Line, other: Step, own_model: TunedModel) -> None:
    """Both adopted the same job; here three releases have passed since, there it serves."""
    let_serve(line.step, own_model)
    let_serve(other, own_model)
    for number, letter in enumerate("ab", start=2):
        let_serve(line.run(f"run-{number}"), line.versions[letter])
    found = planned(line.step)
    assert [(one.kind, one.name) for one in found] == [("label", own_model.model)]
    for one in found:
        one.remove()
    labels = ModelRegistry(line.step.cloud).find(own_model.model)
    assert labels
    assert use_label(line.step.ledger.root) not in labels.labels
    assert use_label(other.ledger.root) in labels.labels
    assert answers(own_model, other)
    settle(other, "", Clock())
    assert drift(other) == []
    assert planned(line.step) == planned(other) == []


def test_what_comes_to_serve_elsewhere_after_the_plan_stays(line: Line, other: Step, own_model: TunedModel) -> None:
    let_serve(line.step, line.versions["a"])
    found = planned(line.step)
    assert {(one.kind, one.name) for one in found} == {("endpoint", own_model.endpoint), ("model", own_model.model)}
    let_serve(other, own_model)
    for one in found:
        with pytest.raises(RetuneError, match="RELEASE-SERVES"):
            one.remove()
    assert answers(own_model, other)


def test_cleaning_leaves_what_somebody_deployed_to_an_endpoint_of_their_own(line: Line, own_model: TunedModel) -> None:
    let_serve(line.step, line.versions["a"])
    endpoints = Endpoints(line.step.cloud)
    theirs = endpoints.find_or_create(f"{line.step.name}-theirs", {}, "us")
    endpoints.deploy(theirs, own_model.model, "their application", {"0": 100})
    assert {(one.kind, one.name) for one in planned(line.step)} == {("endpoint", own_model.endpoint)}
    assert endpoints.exists(theirs)
