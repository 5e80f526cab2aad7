"""Token buckets for requests and tokens per minute, which the service's quotas are counted in."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable

BURST_S = 1.0
"""How much may be taken at once, in seconds of the rate: quotas are per minute, so a second's worth is no burst."""


class _Bucket:
    """What may be taken when, kept as the moment at which the bucket is full again."""

    def __init__(self, per_minute: float, now: float) -> None:
        self._per_second = per_minute / 60
        self._next = now - BURST_S

    def reserve(self, amount: float, now: float) -> float:
        """Take the amount and return the seconds to wait before using it."""
        start = max(self._next, now - BURST_S)
        self.add(amount, start)
        return max(0.0, start - now)

    def add(self, amount: float, start: float | None = None) -> None:
        """Take more, or give back what was taken too much."""
        self._next = (self._next if start is None else start) + amount / self._per_second


class RateLimit:
    """Holds requests back so that they stay below quotas. One for everything that counts on the same quota.

    Args:
        requests_per_minute: None for no limit.
        tokens_per_minute: Tokens of input and output together; None for no limit.
        now: Seconds of a clock that never goes back.
        sleep: Waits so many seconds.
    """

    def __init__(
        self,
        requests_per_minute: float | None = None,
        tokens_per_minute: float | None = None,
        *,
        now: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
    ) -> None:
        self._now, self._sleep = now, sleep
        self._requests = _Bucket(requests_per_minute, now()) if requests_per_minute else None
        self._tokens = _Bucket(tokens_per_minute, now()) if tokens_per_minute else None

    async def take(self, tokens: float) -> None:
        """Return when another request of so many tokens may be sent; in the order of the calls."""
        now, waits = self._now(), [0.0]
        if self._requests:
            waits.append(self._requests.reserve(1, now))
        if self._tokens:
            waits.append(self._tokens.reserve(tokens, now))
        if max(waits):
            await self._sleep(max(waits))

    def correct(self, tokens: float) -> None:
        """Take so many tokens more, because a request was larger than `take` was told; less when negative."""
        if self._tokens:
            self._tokens.add(tokens)
