"""Who may call create for a fingerprint: one process at a time."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from components.clock import Clock
from components.gcp.launch_claim import LaunchClaim
from components.gcp.ledger import Ledger


@dataclass(frozen=True)
class Taken:
    """A claim that is ours now.

    Attributes:
        generation: The claim object's generation.
        was_held: True when somebody else held it before, whose job may have come up meanwhile.
        since: When it was taken, on our clock.
    """

    generation: int
    was_held: bool
    since: float


class Claims:
    """Takes, releases and fulfils the claims of one process.

    Args:
        ledger: Where claims are kept.
        run_id: Who claims.
        clock: Time source.
        lifetime_s: A claim that was watched unchanged for so long has no living holder.
    """

    def __init__(self, ledger: Ledger, run_id: str, clock: Clock, lifetime_s: float) -> None:
        self._ledger, self._run_id, self._clock, self._lifetime_s = ledger, run_id, clock, lifetime_s
        self._holder = secrets.token_hex(8)
        self._watched, self._watched_since = 0, 0.0

    def take(self, fingerprint: str, attempt: int) -> Taken | None:
        """The claim of an attempt, or None while somebody else holds it."""
        since, held = self._clock.now(), self._ledger.read_launch(fingerprint, attempt)
        if held is None:
            generation = self._ledger.claim_launch(fingerprint, attempt, self._record("claimed"))
            return Taken(generation, was_held=False, since=since) if generation is not None else None
        claim, seen = held
        if not self._is_free(claim, seen):
            print(f"waiting: run {claim.run_id} is starting the tuning job of {fingerprint[:12]}", flush=True)
            return None
        generation = self._ledger.claim_launch(fingerprint, attempt, self._record("claimed"), seen)
        return Taken(generation, was_held=True, since=since) if generation is not None else None

    def is_fresh(self, taken: Taken) -> bool:
        """Whether nobody can have taken the claim over, however slowly this process went on."""
        return self._clock.now() - taken.since < self._lifetime_s / 2

    def release(self, fingerprint: str, attempt: int, taken: Taken) -> None:
        """Give the claim up: nothing was started."""
        self._ledger.claim_launch(fingerprint, attempt, self._record("released"), taken.generation)

    def keep_job(self, fingerprint: str, attempt: int, taken: Taken, job: str) -> None:
        """Name the job that was started."""
        self._ledger.claim_launch(fingerprint, attempt, self._record("started", job), taken.generation)

    def _record(self, state: str, job: str = "") -> LaunchClaim:
        return LaunchClaim(self._run_id, self._holder, state, job)

    def _is_free(self, claim: LaunchClaim, generation: int) -> bool:
        if claim.state == "released" or claim.holder == self._holder:
            return True
        if generation != self._watched:
            self._watched, self._watched_since = generation, self._clock.now()
        return self._clock.now() - self._watched_since >= self._lifetime_s
