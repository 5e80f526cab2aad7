"""The wall clock in the two forms that the services write."""

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
    return instant.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
