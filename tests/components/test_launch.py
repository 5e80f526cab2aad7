"""At most one paid tuning job per fingerprint, whatever is killed or lost: promise 2."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict

import pytest

from components.clock import Clock
from components.errors import RetuneError
from components.gcp.tuning_jobs import TuningJobs, TuningRequest
from components.step import Step
from components.supervised_tuning import launch as launching
from components.supervised_tuning.launch import CLAIM_S
from tests.components.killed_process import kill_at_fault
from tests.components.launch_once import launch_once
from tests.components.stand_ins import FakeTime, Faults
from tests.components.tuning_line import JOBS, cancel_all, change_settings, ended, held, jobs_of, launcher, request_for


@pytest.fixture
def wanted(step: Step, faults: Faults) -> Iterator[TuningRequest]:
    yield request_for(step)
    cancel_all(step, faults.url)


@pytest.fixture
def one_job_at_a_time(faults: Faults) -> Iterator[None]:
    """A quota of one, above which create is answered with 429."""
    restore = change_settings(faults.url, concurrent_tuning_jobs=1, above_tuning_quota="refuse")
    yield
    restore()


def test_the_second_run_adopts_the_job(step: Step, wanted: TuningRequest, faults: Faults) -> None:
    held(faults)
    first = launcher(step).launch(wanted)
    second = launcher(step, "run-2").launch(wanted)
    assert (first.adopted, second.adopted) == (False, True)
    assert jobs_of(step, wanted) == [first.job.name] == [second.job.name]


def test_a_task_that_is_started_again_knows_its_own_job(step: Step, wanted: TuningRequest, faults: Faults) -> None:
    held(faults)
    first = launcher(step).launch(wanted)
    again = launcher(step).launch(wanted)
    assert (again.job.name, again.adopted) == (first.job.name, False)


def test_two_triggers_at_the_same_second_start_one_job(step: Step, wanted: TuningRequest, faults: Faults) -> None:
    held(faults)
    with ThreadPoolExecutor(6) as pool:
        launches = list(pool.map(lambda run: launcher(step, f"run-{run}", Clock()).launch(wanted), range(6)))
    assert len({launch.job.name for launch in launches}) == 1
    assert sum(not launch.adopted for launch in launches) == 1


def test_a_lost_reply_to_create_does_not_start_a_second_job(step: Step, wanted: TuningRequest, faults: Faults) -> None:
    faults.add(method="POST", path=f"{JOBS}$", nth=1, action="lose_reply")
    launch = launcher(step).launch(wanted)
    assert jobs_of(step, wanted) == [launch.job.name]
    assert not launch.adopted


def test_create_is_never_repeated_when_nobody_knows(step: Step, wanted: TuningRequest, faults: Faults) -> None:
    faults.add(method="POST", path=f"{JOBS}$", action="status", status=503)
    fake = FakeTime()
    with pytest.raises(RetuneError, match="TUNE-UNKNOWN"):
        launcher(step, time=fake).launch(wanted)
    assert sum(fake.pauses) >= CLAIM_S
    assert faults.seen() == [1]


def test_a_refused_create_leaves_the_way_free(step: Step, wanted: TuningRequest, faults: Faults) -> None:
    faults.add(method="POST", path=f"{JOBS}$", times=1, action="status", status=403)
    held(faults)
    with pytest.raises(RetuneError, match="SERVICE-REFUSED"):
        launcher(step).launch(wanted)
    fake = FakeTime()
    assert not launcher(step, "run-2", fake).launch(wanted).adopted
    assert fake.pauses == []


@pytest.mark.parametrize("status", [503, 429])
def test_a_list_that_is_not_answered_is_asked_for_again(
    step: Step, wanted: TuningRequest, faults: Faults, status: int
) -> None:
    faults.add(method="GET", path=f"{JOBS}$", times=6, action="status", status=status)
    held(faults)
    fake = FakeTime()
    launch = launcher(step, time=fake).launch(wanted)
    assert jobs_of(step, wanted) == [launch.job.name]
    assert fake.pauses == sorted(fake.pauses)
    assert len(fake.pauses) == 6


def test_a_service_without_label_filters_is_asked_for_all_jobs(
    step: Step, wanted: TuningRequest, faults: Faults
) -> None:
    held(faults)
    first = launcher(step).launch(wanted)
    launcher(step).launch(request_for(step, 2))
    faults.add(method="GET", path=f"{JOBS}$", nth=1, action="status", status=400)
    assert launcher(step, "run-2").launch(wanted).job.name == first.job.name


def test_above_the_quota_a_candidate_waits_for_its_turn(step: Step, faults: Faults, one_job_at_a_time: None) -> None:
    held(faults)
    first = launcher(step).launch(request_for(step, 1))
    fake = FakeTime()
    fake.at[fake.seconds + 300] = lambda: TuningJobs(step.cloud).cancel(first.job.name)
    second = launcher(step, time=fake).launch(request_for(step, 2))
    assert not second.adopted
    assert second.job.name != first.job.name
    assert 300 <= sum(fake.pauses) <= 400


def test_a_quota_that_never_comes_is_an_end(step: Step, faults: Faults, one_job_at_a_time: None) -> None:
    held(faults)
    first = launcher(step).launch(request_for(step, 1))
    other, fake = request_for(step, 2), FakeTime()
    with pytest.raises(RetuneError, match=r"TUNE-QUOTA.*1 of 1 are under way"):
        launcher(step, time=fake, limit_s=900).launch(other)
    assert sum(fake.pauses) >= 900
    assert jobs_of(step, other) == []
    TuningJobs(step.cloud).cancel(first.job.name)
    assert not launcher(step, "run-2", FakeTime()).launch(other).adopted


def test_a_failed_job_is_no_success_and_the_next_run_starts_another(
    step: Step, wanted: TuningRequest, faults: Faults
) -> None:
    faults.add(method="POST", path=f"{JOBS}$", nth=1, action="fail_job", message="no")
    held(faults)
    first = ended(step, launcher(step).launch(wanted).job)
    assert first.state == "JOB_STATE_FAILED"
    second = launcher(step, "run-2").launch(wanted)
    assert not second.adopted
    assert jobs_of(step, wanted) == [first.name, second.job.name]


def test_a_run_pays_for_one_job_even_when_it_failed(step: Step, wanted: TuningRequest, faults: Faults) -> None:
    faults.add(method="POST", path=f"{JOBS}$", nth=1, action="fail_job", message="no")
    held(faults)
    first = ended(step, launcher(step).launch(wanted).job)
    again = launcher(step).launch(wanted)
    assert (again.job.name, again.job.state, again.adopted) == (first.name, "JOB_STATE_FAILED", False)
    assert jobs_of(step, wanted) == [first.name]


def test_a_cancelled_job_is_no_success_either(step: Step, wanted: TuningRequest, faults: Faults) -> None:
    held(faults)
    first = launcher(step).launch(wanted).job
    TuningJobs(step.cloud).cancel(first.name)
    second = launcher(step, "run-2").launch(wanted)
    assert not second.adopted
    assert jobs_of(step, wanted) == [first.name, second.job.name]


def test_clocks_that_differ_by_years_do_not_break_a_claim(step: Step, wanted: TuningRequest, faults: Faults) -> None:
    """The second process's clock says that any claim is old, while the first one's create call is under way."""
    faults.add(method="POST", path=f"{JOBS}$", nth=1, action="delay", delay_s=1.0)
    held(faults)
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(launcher(step).launch, wanted)
        faults.await_fired()
        ahead = Clock(now=lambda: time.monotonic() + 1e9)
        second = launcher(step, "run-2", ahead).launch(wanted)
    assert jobs_of(step, wanted) == [first.result().job.name] == [second.job.name]


def test_a_process_that_stood_still_does_not_create(
    step: Step, wanted: TuningRequest, faults: Faults, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between claim and create an hour passes, and the claim is somebody else's by then."""
    held(faults)
    slow, quick = FakeTime(), FakeTime()
    stands_still = launcher(step, "run-slow", slow)
    fresh = stands_still._claims.is_fresh

    def other_run_takes_over(taken: object) -> bool:
        if slow.seconds < quick.seconds + 3600:
            launcher(step, "run-quick", quick).launch(wanted)
            slow.seconds += 7200
        return fresh(taken)  # type: ignore[arg-type]

    monkeypatch.setattr(stands_still._claims, "is_fresh", other_run_takes_over)
    launch = stands_still.launch(wanted)
    assert launch.adopted
    assert jobs_of(step, wanted) == [launch.job.name]
    assert sum(quick.pauses) >= CLAIM_S


def test_of_two_jobs_of_a_fingerprint_the_younger_is_cancelled(
    step: Step, wanted: TuningRequest, faults: Faults
) -> None:
    held(faults)
    jobs = TuningJobs(step.cloud)
    older, younger = jobs.create(wanted), jobs.create(wanted)
    launch = launcher(step).launch(wanted)
    assert launch.job.name == older.name
    assert jobs.get(younger.name).state == "JOB_STATE_CANCELLED"


@pytest.mark.parametrize("request_number", range(1, 9))
def test_killed_at_any_request_one_job_exists_in_the_end(
    step: Step, wanted: TuningRequest, faults: Faults, request_number: int
) -> None:
    faults.add(path=f"({JOBS}|{step.cloud.bucket})", nth=request_number, action="delay", delay_s=1.0)
    held(faults)
    kill_at_fault(faults, launch_once, step.config, json.dumps(asdict(wanted)))
    faults.clear()
    launch = launcher(step, "run-after").launch(wanted)
    assert jobs_of(step, wanted) == [launch.job.name]


def test_the_claim_outlives_every_timeout_of_a_create_call() -> None:
    assert CLAIM_S > 3 * launching.REQUEST_TIMEOUT_S
