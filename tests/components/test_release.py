"""Releases: the champion changes atomically, and a failed rollout leaves the old one serving: promises 6 and 7."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace

import msgspec
import pytest
from google.api_core.exceptions import BadRequest

from components.clock import Clock
from components.endpoint_deployment.history import write_release
from components.endpoint_deployment.observed import CHAMPION_ALIAS
from components.endpoint_deployment.release import release
from components.endpoint_deployment.release_record import Evidence, Release
from components.errors import RetuneError
from components.gcp.endpoints import Endpoints
from components.gcp.ledger import Champion, Ledger
from components.gcp.model_registry import ModelRegistry
from components.gcp.tuning_jobs import TuningJobs, TuningRequest
from components.run_planning.candidate import Candidate
from components.step import Step
from components.supervised_tuning.tuned_model import TunedModel
from pipelines.catalogue import catalogue
from tests.components.killed_process import kill_at_fault
from tests.components.release_once import release_once
from tests.components.releases.lines import LATER
from tests.components.stand_ins import Faults
from tests.components.tuning_line import ended

LINE = '{"contents":[{"role":"user","parts":[{"text":"%s"}]},{"role":"model","parts":[{"text":"%s"}]}]}\n'
REQUESTS = [{"contents": [{"role": "user", "parts": [{"text": "question about a"}]}]}]


@pytest.fixture
def step(step: Step) -> Step:
    """The step of a configuration whose base models are resolved, as the submitter leaves it."""
    facts = {name: one.to_dict() for name, one in catalogue({}).items()}
    return replace(step, config=json.dumps(json.loads(step.config) | {"base_models": facts}))


@pytest.fixture
def tune(step: Step) -> Callable[..., TunedModel]:
    def make(base_model: str = "gemini-2.5-flash", fingerprint: str = "a") -> TunedModel:
        uri = f"{step.root}/train.jsonl"
        lines = "".join(LINE % (f"question {n} about {label}", label) for n in range(10) for label in ("a", "b"))
        step.storage.write(uri, lines.encode())
        jobs = TuningJobs(step.cloud)
        request = TuningRequest(fingerprint * 64, base_model, 1, 1.0, 4, uri, "", "line candidate", {})
        job = ended(step, jobs.create(request))
        candidate = Candidate(base_model, 1, 1.0, 4, fingerprint * 64)
        return TunedModel(candidate, job.name, job.model, job.endpoint, False, 0, [])

    return make


def let_serve(step: Step, tuned: TunedModel, compared_with: str | None = None, clock: Clock | None = None) -> Release:
    if compared_with is None:
        seen = step.ledger.champion()
        compared_with = seen[0].model if seen else ""
    evidence = Evidence(["better"], "gs://b/evaluation.json", "gs://b/report.html", "key", compared_with)
    return release(step, tuned, catalogue({})[tuned.candidate.base_model], evidence, REQUESTS, clock)


def serving(step: Step) -> Champion:
    found = step.ledger.champion()
    assert found
    return found[0]


def live(step: Step, endpoint: str) -> dict[str, int]:
    return {one.model: one.traffic for one in Endpoints(step.cloud).deployments(endpoint)}


def test_the_first_release_serves_at_the_stable_endpoint(step: Step, tune: Callable[..., TunedModel]) -> None:
    tuned = tune()
    made = let_serve(step, tuned)
    assert made.number == 1
    assert made.previous is None
    assert made.champion.endpoint != tuned.endpoint
    assert live(step, made.champion.endpoint) == {tuned.model: 100}
    assert CHAMPION_ALIAS in ModelRegistry(step.cloud).aliases(tuned.model)
    assert step.ledger.read_release(1)["reasons"] == ["better"]  # type: ignore[index]


def test_the_next_release_takes_over_at_the_same_endpoint(step: Step, tune: Callable[..., TunedModel]) -> None:
    first, second = tune(fingerprint="a"), tune(fingerprint="b")
    endpoint = let_serve(step, first).champion.endpoint
    made = let_serve(step, second)
    assert (made.number, made.champion.endpoint) == (2, endpoint)
    assert live(step, endpoint) == {first.model: 0, second.model: 100}
    registry = ModelRegistry(step.cloud)
    assert CHAMPION_ALIAS in registry.aliases(second.model)
    assert CHAMPION_ALIAS not in registry.aliases(first.model)


def test_a_multi_region_model_serves_at_its_own_endpoint(step: Step, tune: Callable[..., TunedModel]) -> None:
    tuned = tune("gemini-3.1-flash-lite")
    made = let_serve(step, tuned)
    assert made.champion.endpoint == tuned.endpoint
    assert "/locations/us/" in tuned.endpoint


@pytest.mark.parametrize("broken", ["first probe", "deploy", "traffic", "second probe", "pointer"])
def test_a_failed_rollout_leaves_the_old_champion_serving(
    step: Step, tune: Callable[..., TunedModel], faults: Faults, broken: str
) -> None:
    first, second = tune(fingerprint="a"), tune(fingerprint="b")
    old = let_serve(step, first).champion
    stable = old.endpoint.rsplit("/", 1)[-1]
    rule = {
        "first probe": {"path": f"{second.endpoint.rsplit('/', 1)[-1]}:generateContent", "status": 400},
        "deploy": {"path": ":deployModel", "status": 400},
        "traffic": {"method": "PATCH", "path": f"endpoints/{stable}", "status": 400},
        "second probe": {"path": f"{stable}:generateContent", "status": 400},
        "pointer": {"method": "POST", "path": "upload/storage", "nth": 1, "status": 400},
    }[broken]
    faults.add(action="status", **rule)
    with pytest.raises(Exception):  # noqa: B017, PT011 - which error depends on what was broken; what serves does not
        let_serve(step, second)
    assert live(step, old.endpoint) == {first.model: 100}
    assert serving(step) == old


def serving_in(ledger: Ledger) -> Champion:
    found = ledger.champion()
    assert found
    return found[0]


class OvertakenLedger:
    """The ledger of a run that is overtaken by another run's promotion just before its own."""

    def __init__(self, ledger: Ledger, winner: Champion) -> None:
        self._ledger, self._winner = ledger, winner
        self._before = serving_in(ledger)

    def __getattr__(self, name: str) -> object:
        return getattr(self._ledger, name)

    def replace_champion(self, champion: Champion, seen_generation: int) -> None:
        write_release(self._ledger, Release(0, self._winner, self._before, [], "", "", ""))
        self._ledger.replace_champion(self._winner, seen_generation)
        self._ledger.replace_champion(champion, seen_generation)


def overtaken(step: Step, winner: Champion) -> Step:
    ledger = OvertakenLedger(step.ledger, winner)
    return replace(step, ledger=ledger)  # type: ignore[arg-type]


def test_who_loses_the_race_gives_the_traffic_back(step: Step, tune: Callable[..., TunedModel]) -> None:
    first, second = tune(fingerprint="a"), tune(fingerprint="b")
    old = let_serve(step, first).champion
    winner = Champion(3, old.model, old.endpoint, old.base_model, old.fingerprint, "other", "run-2")
    with pytest.raises(RetuneError, match="RELEASE-CONFLICT"):
        let_serve(overtaken(step, winner), second)
    assert serving(step) == winner
    assert live(step, old.endpoint) == {first.model: 100}


def test_two_runs_that_release_the_same_version_agree(step: Step, tune: Callable[..., TunedModel]) -> None:
    first, second = tune(fingerprint="a"), tune(fingerprint="b")
    old = let_serve(step, first).champion
    winner = Champion(3, second.model, old.endpoint, second.candidate.base_model, "b" * 64, "key", "run-2")
    made = let_serve(overtaken(step, winner), second)
    assert made.champion == serving(step) == winner
    assert made.previous == old
    assert live(step, old.endpoint) == {first.model: 0, second.model: 100}
    assert CHAMPION_ALIAS in ModelRegistry(step.cloud).aliases(second.model)
    assert let_serve(step, second).champion == winner  # the other run, which comes to the end of its release only now


def test_who_was_compared_with_an_earlier_champion_is_not_released(step: Step, tune: Callable[..., TunedModel]) -> None:
    first, second = tune(fingerprint="a"), tune(fingerprint="b")
    old = let_serve(step, first).champion
    with pytest.raises(RetuneError, match="RELEASE-CONFLICT"):
        let_serve(step, second, compared_with="")
    assert serving(step) == old
    assert live(step, old.endpoint) == {first.model: 100}


def test_giving_back_outlasts_a_service_that_is_silent_for_a_moment(
    step: Step, tune: Callable[..., TunedModel], faults: Faults
) -> None:
    first, second = tune(fingerprint="a"), tune(fingerprint="b")
    old = let_serve(step, first).champion
    stable = old.endpoint.rsplit("/", 1)[-1]
    faults.add(action="status", path=f"{stable}:generateContent", status=400)
    faults.add(action="status", method="PATCH", path=f"endpoints/{stable}", nth=2, status=503)
    faults.add(action="status", method="PATCH", path=f"endpoints/{stable}", nth=2, status=503)  # the first of undoing
    with pytest.raises(RetuneError, match="SERVICE-UNAVAILABLE"):
        let_serve(step, second)
    assert live(step, old.endpoint) == {first.model: 100}


def test_a_failed_first_release_leaves_nothing_behind(
    step: Step, tune: Callable[..., TunedModel], faults: Faults
) -> None:
    tuned = tune()
    faults.add(method="POST", path="upload/storage", times=1, action="status", status=400)
    with pytest.raises(BadRequest):
        let_serve(step, tuned)
    assert step.ledger.champion() is None
    faults.clear()
    assert let_serve(step, tuned).number == 1


def test_what_no_rollback_needs_is_taken_off(step: Step, tune: Callable[..., TunedModel]) -> None:
    first, second, third = (tune(fingerprint=letter) for letter in "abc")
    endpoint = [let_serve(step, tuned).champion.endpoint for tuned in (first, second, third)][-1]
    assert live(step, endpoint) == {second.model: 0, third.model: 100}


@pytest.mark.parametrize("request_number", range(1, 19, 2))
def test_killed_at_any_request_the_release_can_be_run_again(
    step: Step, tune: Callable[..., TunedModel], faults: Faults, request_number: int
) -> None:
    first, second = tune(fingerprint="a"), tune(fingerprint="b")
    old = let_serve(step, first).champion
    faults.add(nth=request_number, path="(endpoints|models/|champion|releases)", action="delay", delay_s=1.0)
    kill_at_fault(faults, release_once, step.config, msgspec.json.encode(second).decode())
    faults.clear()
    served = live(step, old.endpoint)
    assert sum(served.values()) == 100, "all traffic is always served"
    made = let_serve(step, second, clock=LATER)
    assert made.champion.model == second.model
    assert made.champion == serving(step)
    assert live(step, old.endpoint) == {first.model: 0, second.model: 100}
    registry = ModelRegistry(step.cloud)
    assert (CHAMPION_ALIAS in registry.aliases(second.model)) > (CHAMPION_ALIAS in registry.aliases(first.model))


def test_a_release_that_is_run_again_changes_nothing(step: Step, tune: Callable[..., TunedModel]) -> None:
    tuned = tune()
    assert let_serve(step, tuned).champion == let_serve(step, tuned).champion
    assert serving(step).release == 1
