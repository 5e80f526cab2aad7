"""Waits for a tuning job through every state that the service knows."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from components.clock import Clock
from components.errors import RetuneError, service_error
from components.gcp.service_errors import TRANSIENT
from components.gcp.tuning_jobs import ENDED_BADLY, ENDED_WELL, JobStatus, TuningJobs
from components.run_planning.settings import TuningSettings

FIRST_PAUSE_S = 0.5
PAUSE_GROWTH = 1.3
CANCEL_ATTEMPTS = 5


class Terminated(BaseException):
    """The task was asked to end. Not an `Exception`, so that nothing on the way treats it as a failed call."""


def wait_for_job(jobs: TuningJobs, job: JobStatus, settings: TuningSettings, clock: Clock) -> JobStatus:
    """The job once it ended well.

    A state that is in neither of the two sets of ended states continues the poll, so a state that the service adds
    later cannot be taken for success or failure. A service that does not answer is asked again until the deadline.

    Raises:
        RetuneError: `TUNE-FAILED`, `TUNE-DEADLINE` (the job was cancelled), or what the service refused.
    """
    deadline = clock.now() + settings.deadline_minutes * 60
    pause, shown = min(FIRST_PAUSE_S, settings.poll_seconds), ""
    while True:
        try:
            job = jobs.get(job.name)
        except RetuneError as error:
            if error.code not in TRANSIENT:
                raise
            print(f"the service does not answer, asking again: {error.message}", flush=True)
        progress = f"{job.state}, {job.completed_epochs} epochs done"
        if progress != shown:
            print(progress, flush=True)
            shown = progress
        if job.state in ENDED_WELL:
            return job
        if job.state in ENDED_BADLY:
            raise _ended_badly(job)
        if clock.now() >= deadline:
            _cancel(jobs, job.name, clock)
            raise service_error(
                "TUNE-DEADLINE",
                f"the tuning job was cancelled after {settings.deadline_minutes:g} minutes in state {job.state}",
                "raise tuning.deadline_minutes, or ask for less work; the next run starts a new job",
                job.name,
            )
        clock.sleep(pause)
        pause = min(pause * PAUSE_GROWTH, settings.poll_seconds)


@contextmanager
def cancelling_on_termination(jobs: TuningJobs, job: JobStatus) -> Iterator[None]:
    """Cancel the job when this task is told to end: nobody would wait for it any more, but it would be paid for.

    An adopted job is cancelled too: it belongs to the fingerprint, and the run that is cancelled was the one in charge.

    Raises:
        RetuneError: `TUNE-CANCELLED`.
    """

    def terminate(signum: int, frame: FrameType | None) -> None:
        raise Terminated

    before = signal.signal(signal.SIGTERM, terminate)
    try:
        yield
    except Terminated:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        _cancel(jobs, job.name, Clock())
        raise service_error(
            "TUNE-CANCELLED",
            "the run was cancelled, and its tuning job with it",
            "start the run again when you want the job after all",
            job.name,
        ) from None
    finally:
        signal.signal(signal.SIGTERM, before)


def _cancel(jobs: TuningJobs, name: str, clock: Clock) -> None:
    """Cancel the job, asking a service that does not answer a few times."""
    for attempt in range(CANCEL_ATTEMPTS):
        try:
            return jobs.cancel(name)
        except RetuneError as error:
            if error.code not in TRANSIENT or attempt + 1 == CANCEL_ATTEMPTS:
                raise
            clock.sleep(FIRST_PAUSE_S)


def _ended_badly(job: JobStatus) -> RetuneError:
    return service_error(
        "TUNE-FAILED",
        f"the tuning job ended as {job.state}: {job.message or 'the service gave no reason'}",
        "correct what the service names and start the run again; it will start a new job",
        job.name,
    )
