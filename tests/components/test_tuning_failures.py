"""Every way in which tuning does not come about: a code and a next step, nothing left running, the way free again."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from components.errors import RetuneError
from components.gcp.tuning_jobs import TuningJobs, TuningRequest
from components.gcp.tuning_status import ENDED_BADLY, ENDED_WELL
from components.step import Step
from components.supervised_tuning.tune import tune_candidate
from tests.components.stand_ins import FakeTime, Faults
from tests.components.tuning_line import JOBS, LINE, cancel_all, launcher, request_for, write_plan


def with_deadline(step: Step, minutes: float) -> Step:
    config = json.loads(step.config)
    config["tuning"]["deadline_minutes"] = minutes
    return replace(step, config=json.dumps(config))


@pytest.fixture
def wanted(step: Step, faults: Faults) -> Iterator[TuningRequest]:
    yield request_for(step)
    faults.clear()
    cancel_all(step, faults.url)


def no_rights(step: Step, wanted: TuningRequest, faults: Faults) -> None:
    faults.add(method="POST", path=f"{JOBS}$", action="status", status=403)


def what_the_service_does_not_take(step: Step, wanted: TuningRequest, faults: Faults) -> None:
    step.storage.delete(wanted.train_uri)


def no_reply_and_no_job(step: Step, wanted: TuningRequest, faults: Faults) -> None:
    faults.add(method="POST", path=f"{JOBS}$", action="status", status=503)


def a_quota_that_refuses(step: Step, wanted: TuningRequest, faults: Faults) -> None:
    faults.add(method="POST", path=f"{JOBS}$", action="status", status=429)


def a_quota_that_queues(step: Step, wanted: TuningRequest, faults: Faults) -> None:
    faults.add(method="POST", path=f"{JOBS}$", action="stay_queued")


def a_job_that_fails(step: Step, wanted: TuningRequest, faults: Faults) -> None:
    faults.add(method="POST", path=f"{JOBS}$", action="fail_job", message="The data is no good.")


def more_than_a_tenth_dropped(step: Step, wanted: TuningRequest, faults: Faults) -> None:
    lines = [LINE % ("word " * 140_000, "a")] * 3 + [LINE % (f"question {number}", "b") for number in range(17)]
    step.storage.write(wanted.train_uri, "".join(lines).encode())


def a_dropped_example(step: Step, wanted: TuningRequest, faults: Faults) -> None:
    lines = [LINE % ("word " * 140_000, "a"), *(LINE % (f"question {number}", "b") for number in range(19))]
    step.storage.write(wanted.train_uri, "".join(lines).encode())


def a_model_that_is_gone(step: Step, wanted: TuningRequest, faults: Faults) -> None:
    faults.add(method="POST", path=f"{JOBS}$", action="status", status=404)


FAILURES: list[tuple[Callable[[Step, TuningRequest, Faults], None], str]] = [
    (no_rights, "SERVICE-REFUSED"),
    (what_the_service_does_not_take, "SERVICE-REFUSED"),
    (a_model_that_is_gone, "SERVICE-REFUSED"),
    (no_reply_and_no_job, "TUNE-UNKNOWN"),
    (a_quota_that_refuses, "TUNE-QUOTA"),
    (a_quota_that_queues, "TUNE-DEADLINE"),
    (a_job_that_fails, "TUNE-FAILED"),
    (more_than_a_tenth_dropped, "TUNE-FAILED"),
    (a_dropped_example, "TUNE-DROPPED"),
]


@pytest.mark.parametrize(("fail", "code"), FAILURES, ids=lambda value: getattr(value, "__name__", value))
def test_a_failure_has_a_next_step_leaves_nothing_running_and_the_way_free(
    step: Step,
    wanted: TuningRequest,
    faults: Faults,
    tmp_path: Path,
    fail: Callable[[Step, TuningRequest, Faults], None],
    code: str,
) -> None:
    fail(step, wanted, faults)
    plan, snapshot = write_plan(step, wanted.train_uri, wanted.fingerprint)
    # Where a job is worked on, time passes and no deadline comes near; where nothing is going to happen, it jumps.
    works = code in ("TUNE-FAILED", "TUNE-DROPPED")
    time, step = FakeTime(really_s=0.02 if works else 0.0), with_deadline(step, 1e6 if works else 20)
    with pytest.raises(RetuneError) as caught:
        tune_candidate(step, wanted.fingerprint, plan, snapshot, str(tmp_path / "resources"), time.clock())
    error = caught.value
    assert error.code == code
    assert error.next_step
    assert error.where
    jobs = TuningJobs(step.cloud)
    states = [job.state for job in jobs.find(wanted.fingerprint)]
    assert set(states) <= ENDED_WELL | ENDED_BADLY

    # The ledger is in order: the next run neither waits for a claim that nobody holds nor takes a failure for a model.
    faults.clear()
    step.storage.write(wanted.train_uri, "".join(LINE % (f"question {number}", "b") for number in range(20)).encode())
    faults.add(method="POST", path=f"{JOBS}$", action="stay_queued")
    later = FakeTime()
    launch = launcher(replace(step, run_id="run-2"), "run-2", later).launch(wanted)
    assert launch.adopted == (code == "TUNE-DROPPED")  # that model is there and paid for
    assert len(jobs.find(wanted.fingerprint)) == len(states) + (not launch.adopted)
    # After a reply that was lost, nobody but a later claim may create: see `launch.py`.
    assert bool(later.pauses) == (code == "TUNE-UNKNOWN")


def test_a_job_that_the_quota_queues_for_a_while_is_waited_for(
    step: Step, wanted: TuningRequest, faults: Faults, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    faults.add(method="POST", path=f"{JOBS}$", nth=1, action="stay_queued", delay_s=0.5)
    plan, snapshot = write_plan(step, wanted.train_uri, wanted.fingerprint)
    clock = FakeTime(really_s=0.05).clock()
    patient = with_deadline(step, 1e6)
    record = tune_candidate(patient, wanted.fingerprint, plan, snapshot, str(tmp_path / "resources"), clock)
    assert record.model
    shown = capsys.readouterr().out
    assert shown.index("queued") < shown.index("succeeded")
