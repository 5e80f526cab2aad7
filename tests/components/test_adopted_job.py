"""A job that a run took over from another one is left alone for as long as that other run lives."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from components.errors import RetuneError
from components.gcp import clients
from components.gcp.tuning_jobs import TuningJobs, TuningRequest
from components.gcp.tuning_status import JobStatus
from components.step import Step
from components.supervised_tuning.ending import cancelled_run
from components.supervised_tuning.tune import tune_candidate
from components.supervised_tuning.wait import REFUSALS_S
from local_vertex.server import RunningServer
from tests.components.living_run import living_run
from tests.components.new_step import new_step
from tests.components.stand_ins import FakeTime, Faults
from tests.components.tuning_line import HOURS, JOBS, cancel_all, held, launcher, request_for, write_plan


@pytest.fixture(scope="module")
def living(server: RunningServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Step]:
    """A step of `run-1`, whose pipeline run lives."""
    with pytest.MonkeyPatch.context() as environment:
        for name, value in server.environment().items():
            environment.setenv(name, value)
        clients.credentials.cache_clear()
        step = new_step("adopted")
        with living_run(step.cloud, step.run_id, tmp_path_factory.mktemp("run")):
            yield step
        cancel_all(step, server.base_url)
    clients.credentials.cache_clear()


@pytest.fixture
def wanted(living: Step, vertex_env: RunningServer, request: pytest.FixtureRequest) -> TuningRequest:
    return request_for(living, abs(hash(request.node.nodeid)))


@pytest.fixture
def started(living: Step, wanted: TuningRequest, faults: Faults) -> JobStatus:
    """The job that `run-1` started; it stays in the queue."""
    held(faults)
    job = launcher(living).launch(wanted).job
    faults.clear()
    return job


def second_run(living: Step) -> Step:
    return replace(living, run_id="run-2")


def tune_again(living: Step, wanted: TuningRequest, folder: Path, time: FakeTime) -> None:
    """The task of `run-2` for the same candidate."""
    plan, snapshot = write_plan(living, wanted.train_uri, wanted.fingerprint)
    step = second_run(living)
    tune_candidate(step, wanted.fingerprint, plan, snapshot, str(folder / "resources"), time.clock())


def state_of(living: Step, job: JobStatus) -> str:
    return TuningJobs(living.cloud).get(job.name).state


def test_the_deadline_of_the_second_run_leaves_the_job(
    living: Step, started: JobStatus, wanted: TuningRequest, tmp_path: Path
) -> None:
    time = FakeTime()
    with pytest.raises(RetuneError, match=r"TUNE-DEADLINE.*left to run run-1") as caught:
        tune_again(living, wanted, tmp_path, time)
    assert sum(time.pauses) >= 6 * HOURS
    assert "when that one has ended" in caught.value.next_step
    assert state_of(living, started) == "JOB_STATE_QUEUED"


def test_refusals_to_show_the_job_leave_it(
    living: Step, started: JobStatus, wanted: TuningRequest, faults: Faults, tmp_path: Path
) -> None:
    faults.add(method="GET", path=f"{JOBS}/", action="status", status=403)
    time = FakeTime()
    with pytest.raises(RetuneError, match=r"SERVICE-REFUSED.*left to run run-1"):
        tune_again(living, wanted, tmp_path, time)
    assert sum(time.pauses) >= REFUSALS_S
    faults.clear()
    assert state_of(living, started) == "JOB_STATE_QUEUED"


def test_cancelling_the_second_run_leaves_the_job(
    living: Step, started: JobStatus, wanted: TuningRequest, faults: Faults
) -> None:
    """The second run's task is told to end while it asks for the job."""
    faults.add(method="GET", path=f"{JOBS}/", nth=2, action="delay", delay_s=0.5)
    script = Path(__file__).parent / "tune_once.py"
    command = [sys.executable, str(script), living.config, wanted.train_uri, wanted.fingerprint, "run-2"]
    environment = {**os.environ, "PYTHONPATH": str(script.parents[2])}
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as process:
        faults.await_fired(lambda: process.poll() is not None)
        process.send_signal(signal.SIGTERM)
        said, _ = process.communicate()
    assert f"adopted {started.name}" in said
    assert "TUNE-CANCELLED: the run was cancelled; its tuning job is left to run run-1" in said
    assert state_of(living, started) == "JOB_STATE_QUEUED"


def test_a_service_that_does_not_say_whether_the_run_lives_leaves_the_job(
    living: Step, started: JobStatus, wanted: TuningRequest, faults: Faults
) -> None:
    faults.add(method="GET", path="pipelineJobs/", action="status", status=503)
    jobs, clock = TuningJobs(living.cloud), FakeTime().clock()
    error = cancelled_run(jobs, living.cloud, "run-2", wanted.fingerprint, started, clock)
    assert "left to run run-1" in error.message
    assert state_of(living, started) == "JOB_STATE_QUEUED"


def test_a_run_that_lives_cancels_its_own_job(living: Step, started: JobStatus, wanted: TuningRequest) -> None:
    jobs, clock = TuningJobs(living.cloud), FakeTime().clock()
    cancelled_run(jobs, living.cloud, "run-1", wanted.fingerprint, started, clock)
    assert state_of(living, started) == "JOB_STATE_CANCELLED"


def test_the_deadline_cancels_the_job_of_a_run_that_is_gone(step: Step, faults: Faults, tmp_path: Path) -> None:
    """Nobody else waits for it: there is no pipeline run of that identifier any more."""
    wanted = request_for(step)
    held(faults)
    job = launcher(step).launch(wanted).job
    with pytest.raises(RetuneError, match="TUNE-DEADLINE: the tuning job was cancelled"):
        tune_again(step, wanted, tmp_path, FakeTime())
    assert state_of(step, job) == "JOB_STATE_CANCELLED"
