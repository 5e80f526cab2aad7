"""A small tuning request on local Vertex, and what tests of the tuning task do with it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from contextlib import suppress

import httpx

from components.clock import Clock
from components.dataset_validation.snapshot import Snapshot, SplitFacts
from components.errors import RetuneError
from components.gcp.ledger import encode
from components.gcp.tuning_jobs import TuningJobs, TuningRequest
from components.gcp.tuning_status import JobStatus
from components.run_planning.candidate import Candidate
from components.run_planning.plan import CandidateCost, Plan
from components.run_planning.settings import TuningSettings
from components.run_planning.token_count import TokenCount
from components.step import Step
from components.supervised_tuning.launch import Launcher
from components.supervised_tuning.termination import Termination
from components.supervised_tuning.wait import wait_for_job
from tests.components.stand_ins import FakeTime, Faults

LINE = '{"contents":[{"role":"user","parts":[{"text":"%s"}]},{"role":"model","parts":[{"text":"%s"}]}]}\n'
JOBS = "tuningJobs"
HOURS = 3600.0


def request_for(step: Step, number: int = 0) -> TuningRequest:
    """A request with a training file of its own."""
    uri = f"{step.root}/train-{number}.jsonl"
    lines = "".join(LINE % (f"question {one} about {label}", label) for one in range(10) for label in ("a", "b"))
    step.storage.write(uri, lines.encode())
    return TuningRequest(
        fingerprint=hashlib.sha256(uri.encode()).hexdigest(),
        base_model="gemini-2.5-flash",
        epochs=1,
        learning_rate_multiplier=1.0,
        adapter_size=4,
        train_uri=uri,
        validation_uri="",
        display_name="line candidate",
        labels={},
    )


def launcher(
    step: Step, run_id: str = "run-1", time: FakeTime | Clock | None = None, limit_s: float = HOURS
) -> Launcher:
    clock = time if isinstance(time, Clock) else (time or FakeTime()).clock()
    return Launcher(TuningJobs(step.cloud), step.ledger, run_id, clock, limit_s, Termination())


def tuning_settings(step: Step, **changes: float) -> TuningSettings:
    return step.section("tuning", TuningSettings).model_copy(update=changes)


def ended(step: Step, job: JobStatus, time: FakeTime | None = None) -> JobStatus:
    """The job once it has ended, in real time while the clock runs ahead."""
    settings = tuning_settings(step, deadline_minutes=1e9)
    with suppress(RetuneError):
        wait_for_job(TuningJobs(step.cloud), job, settings, (time or FakeTime(really_s=0.05)).clock(), ignore)
    return TuningJobs(step.cloud).get(job.name)


def held(faults: Faults) -> None:
    """Let every job from here on stay in the queue, so that no time is spent on tuning."""
    faults.add(method="POST", path=f"{JOBS}$", action="stay_queued")


def cancel_all(step: Step, url: str) -> None:
    """Cancel what a test left running in its project."""
    parent = f"{url}/v1/projects/{step.cloud.project}/locations/{step.cloud.location}/{JOBS}"
    with httpx.Client(headers={"authorization": "Bearer local"}) as web:
        for job in web.get(parent).json().get("tuningJobs", []):
            web.post(f"{url}/v1/{job['name']}:cancel")


def jobs_of(step: Step, wanted: TuningRequest) -> list[str]:
    return [job.name for job in TuningJobs(step.cloud).find(wanted.fingerprint)]


def change_settings(url: str, **changes: object) -> Callable[[], None]:
    """Change settings of the server and return what puts them back."""
    before = httpx.get(f"{url}/_settings").json()
    httpx.post(f"{url}/_settings", json=changes).raise_for_status()
    return lambda: httpx.post(f"{url}/_settings", json=before).raise_for_status() and None


def ignore(job: JobStatus) -> None:
    """Takes a status and does nothing with it."""


def write_plan(
    step: Step, train_uri: str, fingerprint: str, existing_job: str = "", epochs: int = 1
) -> tuple[str, str]:
    """Addresses of a plan with one candidate and of the snapshot that it tunes on."""
    candidate = Candidate("gemini-2.5-flash", epochs, 1.0, 4, fingerprint)
    usd, once = 0.0 if existing_job else 5.0, 1_000_000 // epochs
    cost = CandidateCost(fingerprint, 1_000_000, usd, existing_job)
    tokens = {"gemini-2.5-flash": TokenCount(once, once, once, "service", 1)}
    plan = Plan("tune", "because", "key", [candidate], [cost], usd, 0.0, [], tokens=tokens)
    splits = {"train": SplitFacts(train_uri, 20, 1, "0" * 64, 200)}
    validation = train_uri.replace("train", "validation")
    if step.storage.exists(validation):
        splits["validation"] = SplitFacts(validation, 20, 1, "0" * 64, 200)
    snapshot = Snapshot(f"{step.root}/snapshot/{fingerprint}/", "5" * 64, splits, "")
    step.storage.write(f"{snapshot.uri}manifest.json", encode(snapshot))
    return step.ledger.write_run(step.run_id, f"plan-{fingerprint}.json", plan), snapshot.uri
