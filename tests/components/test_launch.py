"""At most one paid tuning job per fingerprint, whatever is killed or lost: promise 2."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict

import httpx
import pytest

from components.errors import RetuneError
from components.gcp.tuning_jobs import TuningJobs, TuningRequest
from components.run_planning.settings import TuningSettings
from components.step import Step
from components.supervised_tuning.launch import CLAIM_S, Launcher
from components.supervised_tuning.wait import cancelling_on_termination, wait_for_job
from tests.components.stand_ins import FakeTime, Faults, kill_at_fault

LINE = '{"contents":[{"role":"user","parts":[{"text":"%s"}]},{"role":"model","parts":[{"text":"%s"}]}]}\n'
JOBS = "tuningJobs"


@pytest.fixture
def wanted(step: Step) -> TuningRequest:
    uri = f"{step.root}/train.jsonl"
    lines = "".join(LINE % (f"question {number} about {label}", label) for number in range(10) for label in ("a", "b"))
    step.storage.write(uri, lines.encode())
    return TuningRequest(
        fingerprint=hashlib.sha256(step.root.encode()).hexdigest(),
        base_model="gemini-2.5-flash",
        epochs=1,
        learning_rate_multiplier=1.0,
        adapter_size=4,
        train_uri=uri,
        validation_uri="",
        display_name="line candidate",
        labels={},
    )


def launcher(step: Step, run_id: str = "run-1", time: FakeTime | None = None) -> Launcher:
    return Launcher(TuningJobs(step.cloud), step.ledger, run_id, (time or FakeTime()).clock())


def without_deadline(step: Step) -> TuningSettings:
    """The job ends in real time while the clock runs ahead."""
    return step.section("tuning", TuningSettings).model_copy(update={"deadline_minutes": 1e9})


def jobs_of(step: Step, wanted: TuningRequest) -> list[str]:
    return [job.name for job in TuningJobs(step.cloud).find(wanted.fingerprint)]


def test_the_second_run_adopts_the_job(step: Step, wanted: TuningRequest) -> None:
    first = launcher(step).launch(wanted)
    second = launcher(step, "run-2").launch(wanted)
    assert (first.adopted, second.adopted) == (False, True)
    assert jobs_of(step, wanted) == [first.job.name] == [second.job.name]


def test_two_triggers_at_the_same_second_start_one_job(step: Step, wanted: TuningRequest) -> None:
    with ThreadPoolExecutor(6) as pool:
        launches = list(pool.map(lambda run: launcher(step, f"run-{run}", FakeTime()).launch(wanted), range(6)))
    assert len({launch.job.name for launch in launches}) == 1
    assert sum(not launch.adopted for launch in launches) == 1


def test_a_lost_reply_to_create_does_not_start_a_second_job(step: Step, wanted: TuningRequest, faults: Faults) -> None:
    faults.add(method="POST", path=f"{JOBS}$", nth=1, action="lose_reply")
    launch = launcher(step).launch(wanted)
    assert jobs_of(step, wanted) == [launch.job.name]


def test_create_is_never_repeated_when_nobody_knows(step: Step, wanted: TuningRequest, faults: Faults) -> None:
    faults.add(method="POST", path=f"{JOBS}$", action="status", status=503)
    time = FakeTime()
    with pytest.raises(RetuneError, match="TUNE-UNKNOWN"):
        launcher(step, time=time).launch(wanted)
    assert sum(time.pauses) >= CLAIM_S
    creates = [fault["seen"] for fault in httpx.get(f"{faults.url}/_faults").json()["faults"]]
    assert creates == [1]


def test_a_refused_create_leaves_the_way_free(step: Step, wanted: TuningRequest, faults: Faults) -> None:
    faults.add(method="POST", path=f"{JOBS}$", times=1, action="status", status=403)
    with pytest.raises(RetuneError, match="SERVICE-REFUSED"):
        launcher(step).launch(wanted)
    time = FakeTime()
    assert not launcher(step, "run-2", time).launch(wanted).adopted
    assert time.pauses == []


def test_a_used_up_quota_says_so_and_leaves_the_way_free(step: Step, wanted: TuningRequest, faults: Faults) -> None:
    faults.add(method="POST", path=f"{JOBS}$", times=1, action="status", status=429)
    with pytest.raises(RetuneError, match="SERVICE-QUOTA"):
        launcher(step).launch(wanted)
    assert not launcher(step, "run-2").launch(wanted).adopted


def test_a_failed_job_is_no_success_and_the_next_run_starts_another(step: Step, wanted: TuningRequest) -> None:
    step.storage.write(wanted.train_uri, b"this is not JSON\n")
    jobs, settings = TuningJobs(step.cloud), without_deadline(step)
    first = launcher(step).launch(wanted)
    with pytest.raises(RetuneError, match="TUNE-FAILED"):
        wait_for_job(jobs, first.job, settings, FakeTime().clock())
    second = launcher(step, "run-2").launch(wanted)
    assert not second.adopted
    assert jobs_of(step, wanted) == [first.job.name, second.job.name]


@pytest.mark.parametrize("request_number", range(1, 9))
def test_killed_at_any_request_one_job_exists_in_the_end(
    step: Step, wanted: TuningRequest, faults: Faults, request_number: int
) -> None:
    faults.add(path=f"({JOBS}|{step.cloud.bucket})", nth=request_number, action="delay", delay_s=1.0)
    kill_at_fault(faults, "launch_once.py", step.config, json.dumps(asdict(wanted)))
    faults.clear()
    launch = launcher(step, "run-after").launch(wanted)
    assert jobs_of(step, wanted) == [launch.job.name]


def test_the_deadline_cancels_the_job(step: Step, wanted: TuningRequest, faults: Faults) -> None:
    faults.add(method="POST", path=f"{JOBS}$", action="stay_queued")
    jobs = TuningJobs(step.cloud)
    job = launcher(step).launch(wanted).job
    with pytest.raises(RetuneError, match="TUNE-DEADLINE: the tuning job was cancelled after 360 minutes"):
        wait_for_job(jobs, job, step.section("tuning", TuningSettings), FakeTime().clock())
    assert jobs.get(job.name).state == "JOB_STATE_CANCELLED"


def test_a_silent_service_is_asked_again(step: Step, wanted: TuningRequest, faults: Faults) -> None:
    job = launcher(step).launch(wanted).job
    faults.add(method="GET", path=f"{JOBS}/", times=20, action="status", status=503)
    ended = wait_for_job(TuningJobs(step.cloud), job, without_deadline(step), FakeTime().clock())
    assert ended.state == "JOB_STATE_SUCCEEDED"


def test_termination_cancels_the_job(step: Step, wanted: TuningRequest, faults: Faults) -> None:
    faults.add(method="POST", path=f"{JOBS}$", action="stay_queued")
    jobs = TuningJobs(step.cloud)
    job = launcher(step).launch(wanted).job

    def be_terminated() -> None:
        with cancelling_on_termination(jobs, job):
            os.kill(os.getpid(), signal.SIGTERM)
            threading.Event().wait(5)

    with pytest.raises(RetuneError, match="TUNE-CANCELLED"):
        be_terminated()
    assert jobs.get(job.name).state == "JOB_STATE_CANCELLED"
