"""Waiting for a tuning job: every state, silence, deadline, termination."""

from __future__ import annotations

import datetime
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from google.genai import types
from google.oauth2.credentials import Credentials

from components.errors import RetuneError
from components.gcp import clients
from components.gcp.pipeline_jobs import RunStatus, TaskStatus
from components.gcp.tuning_jobs import TuningJobs, TuningRequest
from components.gcp.tuning_status import ENDED_BADLY, ENDED_WELL, DataStatistics, JobStatus
from components.step import Step
from components.supervised_tuning.ending import cancelled_run
from components.supervised_tuning.progress import ProgressLog, TuningProgress, progress_of
from components.supervised_tuning.wait import REFUSALS_S, wait_for_job
from local_vertex.server import RunningServer
from pipelines.cli.tuning_watch import TuningWatch
from tests.components.new_step import new_step
from tests.components.stand_ins import FakeTime, Faults
from tests.components.tuning_line import (
    HOURS,
    JOBS,
    cancel_all,
    ended,
    held,
    ignore,
    launcher,
    request_for,
    tuning_settings,
)

CONTINUE = ["QUEUED", "PENDING", "RUNNING", "PAUSED", "UPDATING", "CANCELLING", "UNSPECIFIED", "SLEEPING"]
"""The last one is a state that no document knows."""


@pytest.fixture
def wanted(step: Step, faults: Faults) -> Iterator[TuningRequest]:
    yield request_for(step)
    cancel_all(step, faults.url)


@pytest.fixture(scope="module")
def done(server: RunningServer) -> JobStatus:
    """A job that has succeeded, as it was seen while it ran."""
    with pytest.MonkeyPatch.context() as environment:
        for name, value in server.environment().items():
            environment.setenv(name, value)
        clients.credentials.cache_clear()
        made = new_step("tuned-for-the-wait")
        job = launcher(made).launch(request_for(made)).job
        return replace(ended(made, job), state="JOB_STATE_RUNNING")


@pytest.fixture
def queued(step: Step, wanted: TuningRequest, faults: Faults) -> JobStatus:
    """A job that stays in the queue."""
    held(faults)
    job = launcher(step).launch(wanted).job
    faults.clear()
    return job


def wait(step: Step, job: JobStatus, time: FakeTime, **settings: float) -> JobStatus:
    chosen = tuning_settings(step, **{"poll_seconds": 300.0, **settings})
    return wait_for_job(TuningJobs(step.cloud), job, chosen, time.clock(), ignore)


def test_every_state_of_the_api_is_known() -> None:
    known = {f"JOB_STATE_{state}" for state in CONTINUE} | ENDED_WELL | ENDED_BADLY
    assert {state.value for state in types.JobState} <= known
    assert not ENDED_WELL & ENDED_BADLY


@pytest.mark.filterwarnings("ignore:JOB_STATE_SLEEPING")
@pytest.mark.parametrize("state", CONTINUE)
def test_a_job_is_waited_for_in_every_state_that_is_no_end(
    step: Step, queued: JobStatus, faults: Faults, state: str
) -> None:
    faults.add(method="GET", path=f"{JOBS}/", action="show_state", message=f"JOB_STATE_{state}", times=3)
    faults.add(method="GET", path=f"{JOBS}/", action="show_state", message="JOB_STATE_EXPIRED")
    with pytest.raises(RetuneError, match=r"TUNE-FAILED.*JOB_STATE_EXPIRED"):
        wait(step, queued, FakeTime())
    assert faults.seen() == [4, 1]


@pytest.mark.parametrize("state", sorted(ENDED_BADLY))
def test_a_bad_end_is_an_error_and_never_a_success(step: Step, queued: JobStatus, faults: Faults, state: str) -> None:
    faults.add(method="GET", path=f"{JOBS}/", action="show_state", message=state)
    with pytest.raises(RetuneError, match=f"TUNE-FAILED: the tuning job ended as {state}"):
        wait(step, queued, FakeTime())


@pytest.mark.parametrize("state", sorted(ENDED_WELL))
def test_a_success_without_a_model_is_none(step: Step, queued: JobStatus, faults: Faults, state: str) -> None:
    faults.add(method="GET", path=f"{JOBS}/", action="show_state", message=state)
    with pytest.raises(RetuneError, match="TUNE-FAILED"):
        wait(step, queued, FakeTime())


def test_a_job_that_fails_says_what_the_service_says(step: Step, wanted: TuningRequest, faults: Faults) -> None:
    faults.add(method="POST", path=f"{JOBS}$", nth=1, action="fail_job", message="Multimodal is not supported.")
    job = launcher(step).launch(wanted).job
    with pytest.raises(RetuneError, match=r"TUNE-FAILED.*Multimodal is not supported\.") as caught:
        wait(step, job, FakeTime(), deadline_minutes=1e9)
    assert caught.value.where == job.name
    assert "start the run again" in caught.value.next_step


def test_hours_without_an_answer_are_survived(step: Step, done: JobStatus, faults: Faults) -> None:
    """The connection breaks, the service fails, quotas of requests are used up; the job ends meanwhile."""
    running = TuningJobs(step.cloud)
    faults.add(method="GET", path=f"{JOBS}/", action="status", status=503, times=50)
    faults.add(method="GET", path=f"{JOBS}/", action="status", status=429, times=50)
    faults.add(method="GET", path=f"{JOBS}/", action="reset", times=50)
    time = FakeTime()
    settings = tuning_settings(step, poll_seconds=60.0)
    assert wait_for_job(running, done, settings, time.clock(), ignore).state == "JOB_STATE_SUCCEEDED"
    assert sum(time.pauses) > 2 * HOURS
    assert max(time.pauses) == 60.0


def test_an_expired_token_is_renewed_and_a_token_service_that_fails_is_asked_again(
    step: Step, done: JobStatus, faults: Faults, monkeypatch: pytest.MonkeyPatch
) -> None:
    past = datetime.datetime(2020, 1, 1)  # naive, as google-auth keeps it
    renewable = {"refresh_token": "r", "client_id": "i", "client_secret": "s", "token_uri": f"{faults.url}/token"}
    credentials = Credentials("expired", expiry=past, **renewable)
    with monkeypatch.context() as patched:
        patched.setattr(clients, "credentials", lambda: credentials)
        jobs = TuningJobs(step.cloud)
    faults.add(method="POST", path="^/token$", action="status", status=503, times=8)
    time = FakeTime()
    assert wait_for_job(jobs, done, tuning_settings(step), time.clock(), ignore).state == "JOB_STATE_SUCCEEDED"
    assert time.pauses
    assert credentials.token == "local-vertex"
    assert credentials.expiry > datetime.datetime.now()


def test_refusals_for_a_while_are_survived(step: Step, done: JobStatus, faults: Faults) -> None:
    faults.add(method="GET", path=f"{JOBS}/", action="status", status=401, times=3)
    faults.add(method="GET", path=f"{JOBS}/", action="status", status=403, times=3)
    assert wait(step, done, FakeTime()).state == "JOB_STATE_SUCCEEDED"


def test_refusals_for_good_end_the_wait_and_the_job(step: Step, queued: JobStatus, faults: Faults) -> None:
    faults.add(method="GET", path=f"{JOBS}/", action="status", status=403)
    time = FakeTime()
    with pytest.raises(RetuneError, match=r"SERVICE-REFUSED.*nobody can watch any more, was cancelled"):
        wait(step, queued, time)
    assert sum(time.pauses) >= REFUSALS_S
    faults.clear()
    assert TuningJobs(step.cloud).get(queued.name).state == "JOB_STATE_CANCELLED"


def test_the_deadline_cancels_the_job_and_says_so(step: Step, queued: JobStatus) -> None:
    with pytest.raises(RetuneError, match="TUNE-DEADLINE: the tuning job was cancelled after 360 minutes"):
        wait(step, queued, FakeTime())
    assert TuningJobs(step.cloud).get(queued.name).state == "JOB_STATE_CANCELLED"


def test_several_candidates_may_wait_for_each_other(step: Step, queued: JobStatus) -> None:
    """With a quota of one job the third candidate's turn comes after the others' deadlines."""
    candidates = tuning_settings(step).candidates * 3
    settings, time = (
        tuning_settings(step).model_copy(update={"candidates": candidates, "poll_seconds": 300.0}),
        FakeTime(),
    )
    with pytest.raises(RetuneError, match="TUNE-DEADLINE"):
        wait_for_job(TuningJobs(step.cloud), queued, settings, time.clock(), ignore)
    assert 3 * 6 * HOURS <= sum(time.pauses) < 3 * 6 * HOURS + 300


def test_a_wrong_clock_is_no_deadline(step: Step, queued: JobStatus, faults: Faults) -> None:
    """This machine's clock is decades ahead of the service's, which says that the job is seconds old."""
    faults.add(method="GET", path=f"{JOBS}/", action="show_state", message="JOB_STATE_RUNNING", times=5)
    faults.add(method="GET", path=f"{JOBS}/", action="show_state", message="JOB_STATE_EXPIRED")
    with pytest.raises(RetuneError, match="TUNE-FAILED"):
        wait(step, queued, FakeTime(seconds=1e9))


def test_a_job_that_cannot_be_cancelled_is_reported_with_what_to_do(
    step: Step, queued: JobStatus, faults: Faults
) -> None:
    faults.add(method="POST", path=":cancel$", action="status", status=403)
    with pytest.raises(RetuneError, match="could not be cancelled and may still cost") as caught:
        wait(step, queued, FakeTime())
    assert f"{queued.name}:cancel" in caught.value.next_step


def test_the_end_of_the_network_at_the_deadline_does_not_leave_the_job(
    step: Step, queued: JobStatus, faults: Faults
) -> None:
    time = FakeTime()
    start = time.seconds
    faults.add(method="POST", path=":cancel$", action="status", status=503)
    time.at[start + 6 * HOURS + 1200] = faults.clear
    with pytest.raises(RetuneError, match="TUNE-DEADLINE: the tuning job was cancelled"):
        wait(step, queued, time)
    assert TuningJobs(step.cloud).get(queued.name).state == "JOB_STATE_CANCELLED"


def test_a_cancelled_run_cancels_its_job(step: Step, queued: JobStatus, wanted: TuningRequest) -> None:
    jobs, clock = TuningJobs(step.cloud), FakeTime().clock()
    error = cancelled_run(jobs, step.cloud, "run-1", wanted.fingerprint, queued, clock)
    assert str(error) == f"TUNE-CANCELLED: the run was cancelled; its tuning job was cancelled ({queued.name})"
    assert jobs.get(queued.name).state == "JOB_STATE_CANCELLED"


def test_a_job_that_was_being_started_is_found_and_cancelled(
    step: Step, queued: JobStatus, wanted: TuningRequest
) -> None:
    jobs, clock = TuningJobs(step.cloud), FakeTime().clock()
    cancelled_run(jobs, step.cloud, "run-1", wanted.fingerprint, None, clock)
    assert jobs.get(queued.name).state == "JOB_STATE_CANCELLED"


def test_another_runs_job_is_left_alone_while_it_is_only_being_found(
    step: Step, queued: JobStatus, wanted: TuningRequest
) -> None:
    jobs, clock = TuningJobs(step.cloud), FakeTime().clock()
    error = cancelled_run(jobs, step.cloud, "run-2", wanted.fingerprint, None, clock)
    assert "no tuning job of it was under way" in error.message
    assert jobs.get(queued.name).state == "JOB_STATE_QUEUED"


def test_an_adopted_job_whose_run_is_gone_is_cancelled(step: Step, queued: JobStatus, wanted: TuningRequest) -> None:
    jobs, clock = TuningJobs(step.cloud), FakeTime().clock()
    error = cancelled_run(jobs, step.cloud, "run-2", wanted.fingerprint, queued, clock)
    assert "its tuning job was cancelled" in error.message
    assert jobs.get(queued.name).state == "JOB_STATE_CANCELLED"


@pytest.mark.parametrize("moment", ["create", "wait"])
def test_sigterm_at_any_time_leaves_no_job(
    step: Step, wanted: TuningRequest, faults: Faults, tmp_path: Path, moment: str
) -> None:
    """The task is told to end while create is under way, or while it waits."""
    if moment == "create":
        # On a busy machine the signal comes late, and a small job would have ended.
        step.storage.write(wanted.train_uri, step.storage.read(wanted.train_uri) * 1_000)
        faults.add(method="POST", path=f"{JOBS}$", nth=1, action="delay", delay_s=0.5)
    else:
        faults.add(method="POST", path=f"{JOBS}$", nth=1, action="stay_queued")
        faults.add(method="GET", path=f"{JOBS}/", nth=2, action="delay", delay_s=0.5)
    script = Path(__file__).parent / "tune_once.py"
    command = [sys.executable, str(script), step.config, wanted.train_uri, wanted.fingerprint, "run-1"]
    environment = {**os.environ, "PYTHONPATH": str(script.parents[2])}
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as process:
        faults.await_fired(lambda: process.poll() is not None, number=-1)
        process.send_signal(signal.SIGTERM)
        said, _ = process.communicate()
    assert "TUNE-CANCELLED" in said
    [job] = TuningJobs(step.cloud).find(wanted.fingerprint)
    # Its end comes after the reply to the cancel.
    assert job.state in ("JOB_STATE_CANCELLING", "JOB_STATE_CANCELLED")
    assert ended(step, job).state == "JOB_STATE_CANCELLED"


def status(**fields: object) -> JobStatus:
    texts = ("name", "state", "detail", "message", "run_id", "created", "model", "endpoint", "experiment")
    numbers = ("age_s", "running_s", "completed_epochs", "completed_steps")
    known: dict[str, object] = {**dict.fromkeys(texts, ""), **dict.fromkeys(numbers, 0)}
    return JobStatus(**{**known, "statistics": None, "checkpoints": (), **fields})  # type: ignore[arg-type]


def test_progress_says_epochs_steps_time_and_what_is_left() -> None:
    running = status(state="JOB_STATE_RUNNING", detail="TUNING", running_s=600.0, completed_epochs=1)
    assert progress_of(running, "c", 4).line == "running, epoch 1 of 4, 10 min so far, about 30 min left"
    data = DataStatistics(500, 0, (), (), 150_000, 1_600)
    steps = status(state="JOB_STATE_RUNNING", running_s=600.0, completed_epochs=1, completed_steps=640, statistics=data)
    shown = "running, epoch 1 of 4, step 640 of 1,600, 10 min so far, about 15 min left"
    assert progress_of(steps, "c", 4).line == shown
    waiting = status(state="JOB_STATE_QUEUED", detail="WAITING_FOR_QUOTA", age_s=42.0)
    assert progress_of(waiting, "c", 4).line == "queued, waiting for quota, 42 s so far"
    done = status(state="JOB_STATE_SUCCEEDED", running_s=8000.0, completed_epochs=4)
    assert progress_of(done, "c", 4).line == "succeeded, epoch 4 of 4, 2 h 13 min so far, about 0 s left"


def test_progress_is_shown_when_it_changes_and_every_ten_minutes(capsys: pytest.CaptureFixture[str]) -> None:
    time, kept = FakeTime(), list[TuningProgress]()
    log = ProgressLog("c", 4, time.clock(), kept.append)
    for epochs in (0, 0, 1, 1):
        log.show(status(state="JOB_STATE_RUNNING", running_s=60.0, completed_epochs=epochs))
        time.sleep(1)
    time.sleep(600)
    log.show(status(state="JOB_STATE_RUNNING", running_s=660.0, completed_epochs=1))
    assert [one.completed_epochs for one in kept] == [0, 1, 1]
    assert len(re.findall("running", capsys.readouterr().out)) == 3


def test_who_follows_a_run_sees_how_far_its_candidates_are(step: Step, faults: Faults) -> None:
    time = FakeTime()
    watch = TuningWatch(step, time.clock().now)
    tuning = RunStatus("run", "RUNNING", "", [TaskStatus("tune", "RUNNING", 1.0)])
    step.ledger.write_run("run-1", "progress/a.json", TuningProgress("flash", "running", 1, 4, 0, 0, 600.0, 1800.0))
    assert watch.lines(RunStatus("run", "RUNNING", "", [TaskStatus("tune", "PENDING", 0.0)])) == []
    shown = ["  flash: running, epoch 1 of 4, 10 min so far, about 30 min left"]
    assert watch.lines(tuning) == shown
    faults.add(path=f"b/{step.cloud.bucket}", action="status", status=403)
    time.sleep(3)
    assert watch.lines(tuning) == shown
