"""The clock that waiting code is given, so that tests can turn it."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Clock:
    """Time that passes, and a way to let it pass.

    Attributes:
        now: Seconds since some moment. Not the time of day: that of two machines differs, and it may be set while
            somebody waits.
        sleep: Waits for that many seconds.
    """

    now: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
