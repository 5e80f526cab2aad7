"""Time: the wall clock in the forms that the services write, and the clock that schedules go by."""

from __future__ import annotations

import time
from datetime import UTC, datetime


def now_us() -> int:
    """Microseconds since 1970, the unit of Cloud Storage generations."""
    return time.time_ns() // 1000


def timestamp(at_us: int | None = None) -> str:
    """An RFC 3339 instant in UTC with microseconds, as proto JSON writes `google.protobuf.Timestamp`.

    Args:
        at_us: The instant in microseconds since 1970; now when omitted.
    """
    instant = datetime.fromtimestamp((now_us() if at_us is None else at_us) / 1_000_000, UTC)
    return f"{instant.replace(tzinfo=None).isoformat(timespec='microseconds')}Z"


def instant_us(text: str) -> int:
    """Microseconds since 1970 of an RFC 3339 instant; finer fractions are cut off.

    Raises:
        ValueError: The text is no instant with an offset.
    """
    instant = datetime.fromisoformat(text)
    if instant.tzinfo is None:
        raise ValueError(text)
    since = instant.astimezone(UTC) - datetime(1970, 1, 1, tzinfo=UTC)
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds


class Clock:
    """What schedules read the time from: the wall clock, until someone makes it stand at an instant.

    Only the stand-in can do that; everything but the schedules stays on wall time.
    """

    def __init__(self) -> None:
        self._stands_at_us: int | None = None

    @property
    def stands(self) -> bool:
        """Whether the clock has left the wall clock and only moves when it is moved."""
        return self._stands_at_us is not None

    def now_us(self) -> int:
        """Microseconds since 1970."""
        return now_us() if self._stands_at_us is None else self._stands_at_us

    def stand_at(self, at_us: int) -> None:
        """Stand still at an instant."""
        self._stands_at_us = at_us

    def follow_wall(self) -> None:
        """Go by the wall clock again."""
        self._stands_at_us = None
