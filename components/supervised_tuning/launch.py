"""At most one paid tuning job per fingerprint, whatever is killed whenever.

The tuning API has no request identifier: a create call that is repeated after a lost reply can start a second paid job.
Three things prevent it. A claim object, created with the precondition that it does not exist, lets one process at a
time call create. The job carries the fingerprint as a label, so that it can be found by whoever comes next. And create
is never repeated before the list of jobs has been read again, after long enough for the first call to have ended.

No two machines' clocks are compared: how old a claim is, is how long this process has watched it unchanged.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

from components.clock import Clock
from components.errors import RetuneError, service_error
from components.gcp.clients import REQUEST_TIMEOUT_S
from components.gcp.ledger import Ledger
from components.gcp.tuning_jobs import TuningJobs, TuningRequest
from components.gcp.tuning_status import ENDED_WELL, LABEL_LENGTH, LOST, RUN_LABEL, JobStatus
from components.supervised_tuning.claims import Claims, Taken
from components.supervised_tuning.patience import FIRST_PAUSE_S, LONGEST_PAUSE_S, PAUSE_GROWTH, Patience
from components.supervised_tuning.termination import Termination

CLAIM_S = 3 * REQUEST_TIMEOUT_S + 60
"""A claim that has not changed for so long may be taken over. Its holder's create call has ended by then, one way or
the other: connecting, sending and reading have a timeout each."""
LONGEST_LOOK_S = 30.0


@dataclass(frozen=True)
class Launch:
    """A tuning job that may be waited for.

    Attributes:
        job: Its status when it was found or started.
        adopted: True when another run started it, so that this one pays nothing.
    """

    job: JobStatus
    adopted: bool


class Launcher:
    """Starts or adopts tuning jobs.

    Args:
        jobs: The tuning service.
        ledger: Where claims are kept.
        run_id: Who claims.
        clock: Time source.
        limit_s: How long a service that does not answer, or has no quota for another job, is asked again.
        termination: Held back while a job is being created.
    """

    def __init__(
        self, jobs: TuningJobs, ledger: Ledger, run_id: str, clock: Clock, limit_s: float, termination: Termination
    ) -> None:
        self._jobs, self._ledger, self._clock, self._limit_s = jobs, ledger, clock, limit_s
        self._claims = Claims(ledger, run_id, clock, CLAIM_S)
        self._patience, self._termination = Patience(clock, limit_s), termination
        self._run_label = run_id[:LABEL_LENGTH]

    def launch(self, request: TuningRequest, allow: Callable[[], None] = lambda: None) -> Launch:
        """The one job of the request's fingerprint: found, or started now.

        A job of another run that FAILED, was CANCELLED or EXPIRED is no success: this run starts another one. Of its
        own jobs this run has one: when that ended badly it is returned as it is, also to a task that was started again.

        Args:
            request: What to tune.
            allow: Called before a job is paid for; raises when it must not be.

        Raises:
            RetuneError: `TUNE-UNKNOWN` when the reply to create was lost and no job shows up; `TUNE-QUOTA` when the
                service took no further job; what `allow` raises; `SERVICE-…` otherwise.
        """
        request = replace(request, labels={**request.labels, RUN_LABEL: self._run_label})
        look, pause, give_up = FIRST_PAUSE_S, FIRST_PAUSE_S, self._clock.now() + self._limit_s
        while True:
            known = self.find(request.fingerprint)
            found = self._usable(known)
            if found is not None:
                return Launch(found, adopted=found.run_id != self._run_label)
            allow()
            attempt = len(known) + 1
            taken = self._claims.take(request.fingerprint, attempt)
            if taken is None or (taken.was_held and len(self.find(request.fingerprint)) >= attempt):
                self._clock.sleep(look)
                look = min(look * PAUSE_GROWTH, LONGEST_LOOK_S)
                continue
            try:
                started = self._create(request, attempt, taken)
            except RetuneError as error:
                if error.code != "SERVICE-QUOTA":
                    raise
                if self._clock.now() >= give_up:
                    raise _no_quota(request, error) from error
                print(f"waiting for the quota of tuning jobs, asking again in {pause:.0f} s", flush=True)
                self._clock.sleep(pause)
                pause = min(pause * PAUSE_GROWTH, LONGEST_PAUSE_S)
                continue
            if started is not None:
                # Another look, for a second job that two processes may have started after all.
                found = self._usable(self.find(request.fingerprint)) or started
                return Launch(found, adopted=found.run_id != self._run_label)

    def find(self, fingerprint: str) -> list[JobStatus]:
        """Every job of the fingerprint, oldest first: those that the service lists and those that claims name."""
        jobs = {job.name: job for job in self._patience.ask(partial(self._jobs.find, fingerprint))}
        for name in self._ledger.launched_jobs(fingerprint):
            if name not in jobs:
                jobs[name] = self._patience.ask(partial(self._jobs.get, name))
        return sorted(jobs.values(), key=lambda job: job.created)

    def _usable(self, known: list[JobStatus]) -> JobStatus | None:
        """The job to wait for. Should there be two, which takes a process that stood still for minutes, one goes."""
        own = [job for job in known if job.run_id == self._run_label]
        alive = sorted((job for job in known if job.state not in LOST), key=lambda job: job.state not in ENDED_WELL)
        for surplus in alive[1:]:
            print(f"cancelling {surplus.name}: {alive[0].name} tunes the same", flush=True)
            self._patience.ask(partial(self._jobs.cancel, surplus.name))
        return next(iter([*alive, *own[-1:]]), None)

    def _create(self, request: TuningRequest, attempt: int, taken: Taken) -> JobStatus | None:
        """The new job; None when this process stood still for so long that its claim may be somebody else's."""
        lost: RetuneError | None = None
        with self._termination.held():
            if not self._claims.is_fresh(taken):
                return None
            try:
                job = self._jobs.create(request)
            except RetuneError as error:
                if error.code != "SERVICE-UNAVAILABLE":
                    self._claims.release(request.fingerprint, attempt, taken)
                    raise
                lost = error
            else:
                self._claims.keep_job(request.fingerprint, attempt, taken, job.name)
        if lost is not None:
            job = self._find_after_lost_reply(request, attempt, lost)
            self._claims.keep_job(request.fingerprint, attempt, taken, job.name)
        return job

    def _find_after_lost_reply(self, request: TuningRequest, attempt: int, cause: RetuneError) -> JobStatus:
        give_up, pause = self._clock.now() + CLAIM_S, FIRST_PAUSE_S
        while self._clock.now() < give_up:
            started = self.find(request.fingerprint)[attempt - 1 :]
            if started:
                return started[0]
            self._clock.sleep(pause)
            pause = min(pause * PAUSE_GROWTH, LONGEST_PAUSE_S)
        raise service_error(
            "TUNE-UNKNOWN",
            "the service did not say whether a tuning job was started, and none has shown up",
            "start the run again: it looks for the job before it starts one",
            request.display_name,
        ) from cause


def _no_quota(request: TuningRequest, cause: RetuneError) -> RetuneError:
    return service_error(
        "TUNE-QUOTA",
        f"the service took no further tuning job for as long as the run may wait: {cause.message}",
        "nothing was started; wait for other tuning jobs to end or ask for more quota, and start the run again",
        request.display_name,
    )
