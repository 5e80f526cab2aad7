"""At most one paid tuning job per fingerprint, whatever is killed whenever.

The tuning API has no request identifier: a create call that is repeated after a lost reply can start a second paid job.
Three things prevent it. A claim object, created with the precondition that it does not exist, lets one process at a
time call create. The job carries the fingerprint as a label, so that it can be found by whoever comes next. And create
is never repeated before the list of jobs has been read again, after long enough for the first call to have ended.
"""

from __future__ import annotations

from dataclasses import dataclass

from components.clock import Clock
from components.errors import RetuneError, service_error
from components.gcp.clients import REQUEST_TIMEOUT_S
from components.gcp.ledger import Ledger
from components.gcp.service_errors import TRANSIENT
from components.gcp.tuning_jobs import LOST, JobStatus, TuningJobs, TuningRequest

CLAIM_S = REQUEST_TIMEOUT_S + 60
"""A claim may be taken over after this time: its holder's create call has ended by then, one way or the other."""
LOOK_AGAIN_S = 5.0


@dataclass(frozen=True)
class Launch:
    """A tuning job that may be waited for.

    Attributes:
        job: Its status when it was found or started.
        adopted: True when it was there before, so that nothing was paid for now.
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
    """

    def __init__(self, jobs: TuningJobs, ledger: Ledger, run_id: str, clock: Clock) -> None:
        self._jobs, self._ledger, self._run_id, self._clock = jobs, ledger, run_id, clock

    def launch(self, request: TuningRequest) -> Launch:
        """The one job of the request's fingerprint: found, or started now.

        A job that FAILED, was CANCELLED or EXPIRED is no success; the next attempt has a claim of its own.

        Raises:
            RetuneError: `TUNE-UNKNOWN` when the reply to create was lost and no job shows up; `SERVICE-…` otherwise.
        """
        while True:
            found = self._jobs.find(request.fingerprint)
            usable = [job for job in found if job.state not in LOST]
            if usable:
                return Launch(usable[0], adopted=True)
            known = self._known_job(request.fingerprint, attempt=len(found) + 1)
            if known is not None and known.state not in LOST:
                return Launch(known, adopted=True)
            generation = self._claim(request.fingerprint, attempt=len(found) + 1)
            if generation is not None:
                return self._create(request, attempt=len(found) + 1, generation=generation)
            self._clock.sleep(LOOK_AGAIN_S)

    def _known_job(self, fingerprint: str, attempt: int) -> JobStatus | None:
        """The job that a claim names, should the list of jobs not show it."""
        held = self._ledger.read_launch(fingerprint, attempt)
        return self._jobs.get(str(held[0]["job"])) if held and held[0]["job"] else None

    def _claim(self, fingerprint: str, attempt: int) -> int | None:
        """The generation of a claim that is ours now, or None while somebody else holds it."""
        record = {"run_id": self._run_id, "claimed_at": self._clock.now(), "job": ""}
        held = self._ledger.read_launch(fingerprint, attempt)
        if held is None:
            return self._ledger.claim_launch(fingerprint, attempt, record)
        claim, generation = held
        if self._clock.now() - float(claim["claimed_at"]) < CLAIM_S:
            print(f"waiting: run {claim['run_id']} is starting the tuning job of {fingerprint[:12]}", flush=True)
            return None
        taken = self._ledger.claim_launch(fingerprint, attempt, record, generation)
        if taken is not None and self._jobs.find(fingerprint)[attempt - 1 :]:
            return None  # the former holder's job has appeared; the caller's next look adopts it
        return taken

    def _create(self, request: TuningRequest, attempt: int, generation: int) -> Launch:
        try:
            job = self._jobs.create(request)
        except RetuneError as error:
            if error.code != "SERVICE-UNAVAILABLE":
                released = {"run_id": self._run_id, "claimed_at": 0.0, "job": ""}
                self._ledger.claim_launch(request.fingerprint, attempt, released, generation)
                raise
            return Launch(self._find_after_lost_reply(request, attempt, error), adopted=False)
        done = {"run_id": self._run_id, "claimed_at": self._clock.now(), "job": job.name}
        self._ledger.claim_launch(request.fingerprint, attempt, done, generation)
        return Launch(job, adopted=False)

    def _find_after_lost_reply(self, request: TuningRequest, attempt: int, cause: RetuneError) -> JobStatus:
        give_up = self._clock.now() + CLAIM_S
        while self._clock.now() < give_up:
            try:
                started = self._jobs.find(request.fingerprint)[attempt - 1 :]
            except RetuneError as error:
                if error.code not in TRANSIENT:
                    raise
                started = []
            if started:
                return started[0]
            self._clock.sleep(LOOK_AGAIN_S)
        raise service_error(
            "TUNE-UNKNOWN",
            "the service did not say whether a tuning job was started, and none has shown up",
            "start the run again: it looks for the job before it starts one",
            request.display_name,
        ) from cause
