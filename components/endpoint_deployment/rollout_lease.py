"""One at a time may change what serves: a lease in the ledger that its holder keeps alive."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import msgspec

from components.clock import Clock
from components.errors import RetuneError, service_error
from components.gcp.ledger import Ledger

BEAT_S = 20.0
VALID_S = 120.0
"""Without a sign of life for so long, the holder counts as dead: six beats, and far more than clocks differ."""
PATIENCE_S = VALID_S + 30.0
"""Whoever finds the lease taken waits so long: a dead holder's has run out by then."""
LOOK_AGAIN_S = 2.0


class RolloutRecord(msgspec.Struct, frozen=True):
    """Who changes what serves.

    Attributes:
        holder: The run or the command.
        token: Tells two records of the same holder apart.
        model: Registry name of the version that is to serve; empty for a rollback or a repair.
        beat_at: The last sign of life, seconds since the epoch.
    """

    holder: str
    token: str
    model: str
    beat_at: float


class RolloutLease:
    """The right to change what serves, kept alive by a thread for as long as it is held.

    Args:
        ledger: Where the lease is.
        holder: The run or command; a later task of the same run takes over from the earlier one at once, because the
            tasks that change what serves never run at the same time.
        model: Registry name of the version that is to serve; empty for a rollback or a repair.
        clock: Time of day.
    """

    def __init__(self, ledger: Ledger, holder: str, model: str, clock: Clock) -> None:
        self._ledger, self._holder, self._model, self._clock = ledger, holder, model, clock
        self._token = secrets.token_hex(8)
        self._generation = 0
        self._lost, self._ended = threading.Event(), threading.Event()
        self.left_over = ""
        """Registry name of the version that a holder who died was rolling out; empty when nobody did."""

    def check(self) -> None:
        """Return while the lease is ours.

        Raises:
            RetuneError: `RELEASE-CONFLICT`, somebody took it for dead and over.
        """
        if self._lost.is_set():
            raise service_error(
                "RELEASE-CONFLICT",
                "this rollout gave no sign of life for too long, and another one took over",
                "see `retune status`, and start again",
                f"{self._ledger.root}/rollout.json",
            )

    @contextmanager
    def held(self) -> Iterator[RolloutLease]:
        """Hold the lease inside the block.

        A block that ends in an error keeps the record until it runs out, so that the next holder knows what to undo,
        unless the block calls `clean` first.

        Raises:
            RetuneError: `RELEASE-BUSY`, somebody else is changing what serves.
        """
        self._acquire()
        beating = threading.Thread(target=self._beat, daemon=True)
        beating.start()
        try:
            yield self
            self.clean()
        finally:
            self._ended.set()
            beating.join()
            if self._cleaned and not self._lost.is_set():
                self._give_up()

    _cleaned = False

    def clean(self) -> None:
        """Say that nothing is left to undo."""
        self._cleaned = True

    def _acquire(self) -> None:
        give_up_at = self._clock.now() + PATIENCE_S
        while not self._take():
            if self._clock.now() >= give_up_at:
                raise _busy(self._ledger, self._seen)
            self._clock.sleep(LOOK_AGAIN_S)

    def _take(self) -> bool:
        found = self._ledger.read_rollout(RolloutRecord)
        seen = 0
        if found:
            self._seen, seen = found
            if self._seen.holder != self._holder and self._clock.now() - self._seen.beat_at < VALID_S:
                return False
            self.left_over = self._seen.model
        generation = self._ledger.write_rollout(self._record(), seen)
        self._generation = generation or 0
        return generation is not None

    def _record(self) -> RolloutRecord:
        return RolloutRecord(self._holder, self._token, self._model or self.left_over, self._clock.now())

    def _beat(self) -> None:
        while not self._ended.wait(BEAT_S):
            try:
                generation = self._ledger.write_rollout(self._record(), self._generation)
            except Exception as silent:  # the next beat may get through; a lease that ran out is noticed then
                print(f"the rollout's sign of life was not stored: {type(silent).__name__}", flush=True)
                continue
            if generation is None:
                self._lost.set()
                return
            self._generation = generation

    def _give_up(self) -> None:
        try:
            self._ledger.end_rollout(self._generation)
        except Exception as silent:  # it runs out by itself
            print(f"the rollout's lease was left to run out: {type(silent).__name__}", flush=True)


def current_rollout(ledger: Ledger, clock: Clock) -> tuple[RolloutRecord, bool] | None:
    """Who changes what serves, and whether there was a sign of life lately; None when nobody does."""
    found = ledger.read_rollout(RolloutRecord)
    return (found[0], clock.now() - found[0].beat_at < VALID_S) if found else None


def _busy(ledger: Ledger, seen: RolloutRecord) -> RetuneError:
    return service_error(
        "RELEASE-BUSY",
        f"{seen.holder} is changing what serves at this moment",
        "wait until it has ended (`retune status` shows it), and start again",
        f"{ledger.root}/rollout.json",
    )
