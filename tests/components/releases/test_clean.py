"""Cleaning removes what nobody needs, and never what serves or what a rollback restores."""

from __future__ import annotations

import hashlib
import time

import pytest

from components.clock import Clock
from components.endpoint_deployment.clean import plan_cleaning
from components.endpoint_deployment.history import read_release
from components.endpoint_deployment.removal import Removal
from components.endpoint_deployment.settle import drift
from components.endpoint_deployment.unneeded import _remove_endpoint, _remove_model
from components.errors import RetuneError
from components.gcp.endpoints import Endpoints
from components.gcp.ledger import encode
from components.gcp.model_registry import ModelRegistry
from components.gcp.tuning_jobs import TuningJobs, TuningRequest
from components.gcp.tuning_status import LOST
from components.line_labels import LINE_LABEL
from components.run_planning.settings import TuningSettings
from components.supervised_tuning.wait import wait_for_job
from tests.components.releases.lines import Line, champion, let_serve, live, private_copy

LATER_S = 40 * 86_400.0


def planned(line: Line, **options: float) -> list[Removal]:
    now = time.time() + options.pop("later_s", LATER_S)
    return plan_cleaning(line.step, older_than_days=30, keep_releases=2, now=now, **options)  # type: ignore[arg-type]


def names(found: list[Removal], kind: str) -> set[str]:
    return {one.name for one in found if one.kind == kind}


@pytest.fixture
def released(line: Line) -> Line:
    """Three copies of the line's own: the first served long ago, the others serve and are kept for a rollback."""
    for number, letter in enumerate("abc", start=1):
        tuned = private_copy(line, letter)
        ModelRegistry(line.step.cloud).set_labels(tuned.model, {LINE_LABEL: line.step.name})
        let_serve(line.run(f"run-{number}"), tuned)
    return line


def test_models_that_neither_serve_nor_are_needed_go(released: Line) -> None:
    line = released
    old, previous, serving = (read_release(line.step.ledger, number) for number in (1, 2, 3))
    assert old
    assert previous
    assert serving
    rejected = private_copy(line, "m")
    ModelRegistry(line.step.cloud).set_labels(rejected.model, {LINE_LABEL: line.step.name})
    assert planned(line, later_s=0.0) == [], "what is young stays"
    found = planned(line)
    assert names(found, "model") == {old.champion.model, rejected.model}
    for one in found:
        one.remove()
    registry = ModelRegistry(line.step.cloud)
    assert registry.find(rejected.model) is None
    assert registry.find(previous.champion.model)
    assert live(line.step, serving.champion.endpoint) == {previous.champion.model: 0, serving.champion.model: 100}
    assert drift(line.step) == []
    assert planned(line) == []


def test_an_endpoint_goes_with_its_model(line: Line) -> None:
    let_serve(line.step, line.versions["a"])
    rejected, endpoints = private_copy(line, "b"), Endpoints(line.step.cloud)
    ModelRegistry(line.step.cloud).set_labels(rejected.model, {LINE_LABEL: line.step.name})
    own = endpoints.find_or_create(f"{line.step.name}-own", {LINE_LABEL: line.step.name})
    endpoints.deploy(own, rejected.model, "own", {"0": 100})
    found = planned(line)
    assert [(one.kind, one.name) for one in found] == [("endpoint", own), ("model", rejected.model)]
    for one in found:
        one.remove()
    assert not endpoints.exists(own)


def test_what_came_to_serve_after_the_plan_stays(line: Line) -> None:
    let_serve(line.step, line.versions["a"])
    late = private_copy(line, "b")
    ModelRegistry(line.step.cloud).set_labels(late.model, {LINE_LABEL: line.step.name})
    found = planned(line)
    assert names(found, "model") == {late.model}
    let_serve(line.run("run-2"), late)
    for one in found:
        with pytest.raises(RetuneError, match="RELEASE-SERVES"):
            one.remove()
    assert live(line.step, champion(line.step).endpoint)[late.model] == 100


def test_snapshots_of_releases_stay(line: Line) -> None:
    for digest in ("a" * 64, "b" * 64):
        for name in ("train.jsonl", "manifest.json"):
            line.step.storage.write(f"{line.step.root}/snapshots/{digest}/{name}", b"{}")
    let_serve(line.step, line.versions["a"], snapshot_uri=f"{line.step.root}/snapshots/{'a' * 64}/")
    found = planned(line)
    assert names(found, "snapshot") == {f"{line.step.root}/snapshots/{'b' * 64}/"}
    for one in found:
        one.remove()
    left = {one.uri for one in line.step.storage.list(f"{line.step.root}/snapshots/")}
    assert left == {f"{line.step.root}/snapshots/{'a' * 64}/{name}" for name in ("train.jsonl", "manifest.json")}


def test_nothing_is_removed_while_a_run_goes_on(line: Line) -> None:
    line.step.storage.write(line.step.ledger.run_uri("run-9", "plan.json"), encode({}))
    with pytest.raises(RetuneError, match="CLEAN-RUNNING: run run-9"):
        planned(line, later_s=60.0)
    line.step.storage.write(line.step.ledger.run_uri("run-9", "summary.json"), encode({}))
    assert planned(line, later_s=60.0) == []


def test_a_job_whose_model_was_removed_is_not_adopted(line: Line) -> None:
    """The job itself cannot be deleted, and would be found by its fingerprint for ever."""
    jobs, fingerprint = TuningJobs(line.step.cloud), hashlib.sha256(line.step.name.encode()).hexdigest()
    uri = f"gs://{line.step.cloud.bucket}/train.jsonl"
    job = jobs.create(TuningRequest(fingerprint, "gemini-2.5-flash", 1, 1.0, 4, uri, "", "line", {}))
    settings = line.step.section("tuning", TuningSettings).model_copy(update={"poll_seconds": 0.2})
    ended = wait_for_job(jobs, job, settings, Clock(), lambda status: None)
    assert [one.state in LOST for one in jobs.find(fingerprint)] == [False]
    _remove_endpoint(line.step, ended.endpoint, 2, frozenset({ended.endpoint}))
    _remove_model(line.step, ended.model, 2)
    assert [one.state in LOST for one in jobs.find(fingerprint)] == [True]
