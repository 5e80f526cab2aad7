"""Waits for a tuning job through every state that the service knows."""

from __future__ import annotations

from collections.abc import Callable

from components.clock import Clock
from components.errors import RetuneError, service_error
from components.gcp.console import api_url
from components.gcp.service_errors import TRANSIENT
from components.gcp.tuning_jobs import TuningJobs
from components.gcp.tuning_status import ENDED_BADLY, ENDED_WELL, JobStatus
from components.run_planning.settings import TuningSettings
from components.supervised_tuning.deadline import Deadline
from components.supervised_tuning.patience import Patience

FIRST_PAUSE_S = 0.5
PAUSE_GROWTH = 1.3
CANCEL_PATIENCE_S = 3600.0
CANCELLED_WITHIN_S = 120.0
REFUSALS_S = 600.0
"""Refusals to show a job that was there before are taken for an outage of rights or of sign-in for so long."""


def wait_for_job(
    jobs: TuningJobs,
    job: JobStatus,
    settings: TuningSettings,
    clock: Clock,
    show: Callable[[JobStatus], None],
    owner: Callable[[JobStatus], str] = lambda job: "",
) -> JobStatus:
    """The job once it ended well.

    A state that is in neither of the two sets of ended states continues the poll, so a state that the service adds
    later cannot be taken for success or failure. A service that does not answer is asked again until the deadline.

    Args:
        jobs: The tuning service.
        job: The job to wait for.
        settings: Deadline and pauses.
        clock: Time source.
        show: Told every status that was read.
        owner: The other, living run that a job is left to instead of being cancelled; empty when there is none.

    Raises:
        RetuneError: `TUNE-FAILED`, `TUNE-DEADLINE` (the job was cancelled, or left to its owner), or what the service
            refused for long.
    """
    deadline, refused_since = Deadline(settings, clock), 0.0
    pause = min(FIRST_PAUSE_S, settings.poll_seconds)
    while True:
        try:
            job, refused_since = jobs.get(job.name), 0.0
            show(job)
        except RetuneError as error:
            if error.code not in TRANSIENT:
                refused_since = refused_since or clock.now()
                if clock.now() - refused_since >= REFUSALS_S:
                    raise _given_up(error, jobs, job, clock, owner(job)) from error
            print(f"the service does not answer, asking again in {pause:.1f} s: {error.message}", flush=True)
        if job.state in ENDED_WELL:
            return _with_model(job)
        if job.state in ENDED_BADLY:
            raise _ended_badly(job)
        if deadline.is_over(job):
            if other := owner(job):
                raise _left(job, settings, other)
            return _cancel_late_job(jobs, job, settings, clock)
        clock.sleep(pause)
        pause = min(pause * PAUSE_GROWTH, settings.poll_seconds)


def cancel_job(jobs: TuningJobs, name: str, clock: Clock, patience_s: float) -> str:
    """What became of the request to cancel a job, as the end of a sentence; no error, for it comes after a failure."""
    try:
        Patience(clock, patience_s).ask(lambda: jobs.cancel(name))
    except RetuneError as error:
        return f"could not be cancelled and may still cost: {error.message}"
    return "was cancelled"


def by_hand(name: str) -> str:
    """How a person cancels a job."""
    return f'curl -X POST -H "Authorization: Bearer $(gcloud auth print-access-token)" {api_url(name)}:cancel'


def _cancel_late_job(jobs: TuningJobs, job: JobStatus, settings: TuningSettings, clock: Clock) -> JobStatus:
    """Cancel a job that took too long; it is returned when it ended well just before that."""
    outcome = cancel_job(jobs, job.name, clock, CANCEL_PATIENCE_S)
    give_up, pause = clock.now() + CANCELLED_WITHIN_S, FIRST_PAUSE_S
    while outcome == "was cancelled" and clock.now() < give_up:
        try:
            job_now = jobs.get(job.name)
        except RetuneError:
            break
        if job_now.state in ENDED_WELL:
            return _with_model(job_now)
        if job_now.state in ENDED_BADLY:
            break
        clock.sleep(pause)
    raise service_error(
        "TUNE-DEADLINE",
        f"the tuning job {outcome} after {settings.deadline_minutes:g} minutes in state {job.state}",
        "raise tuning.deadline_minutes, or ask for less work; the next run starts a new job"
        + (f". Cancel it yourself: {by_hand(job.name)}" if outcome != "was cancelled" else ""),
        job.name,
    )


def _left(job: JobStatus, settings: TuningSettings, other: str) -> RetuneError:
    return service_error(
        "TUNE-DEADLINE",
        f"the tuning job is still in state {job.state} after {settings.deadline_minutes:g} minutes; it is left to run "
        f"{other}, which started it",
        "start the run again when that one has ended: it takes the job's model over; or raise tuning.deadline_minutes",
        job.name,
    )


def _given_up(error: RetuneError, jobs: TuningJobs, job: JobStatus, clock: Clock, other: str) -> RetuneError:
    """The refusal that ends the poll, with what became of the job that this run watches no more."""
    if other:
        left = f"{error.message}; the tuning job is left to run {other}, which started it"
        return service_error(error.code, left, error.next_step, job.name)
    outcome = cancel_job(jobs, job.name, clock, 0.0)
    return service_error(
        error.code,
        f"{error.message}; the tuning job, which nobody can watch any more, {outcome}",
        error.next_step + ("" if outcome == "was cancelled" else f". Cancel it yourself: {by_hand(job.name)}"),
        job.name,
    )


def _with_model(job: JobStatus) -> JobStatus:
    if job.state != "JOB_STATE_SUCCEEDED":
        print(f"{job.state}: {job.message or 'the service gave no reason'}", flush=True)
    if not job.model or not job.endpoint:
        raise _ended_badly(job)
    return job


def _ended_badly(job: JobStatus) -> RetuneError:
    return service_error(
        "TUNE-FAILED",
        f"the tuning job ended as {job.state}: {job.message or 'the service gave no reason'}",
        "correct what the service names and start the run again; it will start a new job",
        job.name,
    )
