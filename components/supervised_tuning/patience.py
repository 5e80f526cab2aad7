"""Asks a service again that does not answer."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from components.clock import Clock
from components.errors import RetuneError
from components.gcp.service_errors import TRANSIENT

FIRST_PAUSE_S = 0.5
PAUSE_GROWTH = 1.5
LONGEST_PAUSE_S = 60.0

Reply = TypeVar("Reply")


class Patience:
    """Repeats calls that may be repeated, with growing pauses.

    Args:
        clock: Time source.
        limit_s: How long a call is repeated; what it then raises is raised.
    """

    def __init__(self, clock: Clock, limit_s: float) -> None:
        self._clock, self._limit_s = clock, limit_s

    def ask(self, call: Callable[[], Reply]) -> Reply:
        """What the call returns once it is answered.

        Raises:
            RetuneError: What the call raised, when that is not transient or the patience is over.
        """
        pause, give_up = FIRST_PAUSE_S, self._clock.now() + self._limit_s
        while True:
            try:
                return call()
            except RetuneError as error:
                if error.code not in TRANSIENT or self._clock.now() >= give_up:
                    raise
                print(f"the service does not answer, asking again in {pause:.1f} s: {error.message}", flush=True)
            self._clock.sleep(pause)
            pause = min(pause * PAUSE_GROWTH, LONGEST_PAUSE_S)
