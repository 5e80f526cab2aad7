"""The clock that waiting code is given, so that tests can turn it."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Clock:
    """Time of day and a way to let it pass.

    Attributes:
        now: Seconds since the epoch.
        sleep: Waits for that many seconds.
    """

    now: Callable[[], float] = time.time
    sleep: Callable[[float], None] = time.sleep
