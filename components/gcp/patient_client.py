"""POSTs that are repeated, below a quota, until there is a reply that will not change."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from components.gcp.answers import refusal
from components.gcp.rate_limit import RateLimit
from components.gcp.vertex_http import NoReplyError, VertexHttp

RETRIED_STATUS = frozenset({408, 429, 500, 502, 503, 504})
LONGEST_PAUSE_S = 30.0
LONGEST_RETRY_AFTER_S = 300.0
Sleep = Callable[[float], Awaitable[object]]


@dataclass(frozen=True)
class Posted:
    """What came of it.

    Attributes:
        body: The reply with status 200; None when there was none.
        reason: Why there was none: HTTP status and the service's message, or that there was no reply.
        latency_ms: Wall time of the last attempt, milliseconds.
        attempts: Requests sent.
    """

    body: bytes | None
    reason: str
    latency_ms: float
    attempts: int


class PatientClient:
    """A client of one of the service's methods, which asks again where the service says that it is for now.

    Used in `async with` it keeps its connections, otherwise each request opens one.

    Args:
        location: Location that is called.
        attempts: Requests at most.
        limit: Quota that every request, repeated ones too, is held to.
        sleep: Waits so many seconds before a repeated request.
    """

    def __init__(
        self, location: str, *, attempts: int, limit: RateLimit | None = None, sleep: Sleep = asyncio.sleep
    ) -> None:
        self._web = VertexHttp(location)
        self._attempts, self._limit, self._sleep = attempts, limit or RateLimit(), sleep

    async def __aenter__(self) -> Self:
        await self._web.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._web.__aexit__(kind, error, trace)

    async def _post(self, path: str, body: bytes, tokens: float) -> Posted:
        """What came of the request; never raises for what the service does.

        Args:
            path: As `VertexHttp.post` takes it.
            body: JSON.
            tokens: What the request will use of the quota, about.

        Raises:
            google.auth.exceptions.GoogleAuthError: There are no usable credentials.
        """
        attempts = 0
        while True:
            attempts += 1
            await self._limit.take(tokens)
            started, wanted_pause = time.perf_counter(), None
            try:
                reply = await self._web.post(path, body)
            except NoReplyError as error:
                reason, again = f"no reply ({error})", True
                latency_ms = (time.perf_counter() - started) * 1000
            else:
                latency_ms = (time.perf_counter() - started) * 1000
                if reply.status == 200:
                    return Posted(reply.body, "", latency_ms, attempts)
                reason, again = refusal(reply.status, reply.body), reply.status in RETRIED_STATUS
                wanted_pause = reply.retry_after_s
            if not again or attempts >= self._attempts:
                return Posted(None, reason, latency_ms, attempts)
            await self._sleep(pause(attempts, wanted_pause))

    def _correct(self, tokens: float) -> None:
        """Take so many tokens more from the quota, because a request used more than was told."""
        self._limit.correct(tokens)


def pause(attempt: int, retry_after_s: float | None = None) -> float:
    """Seconds before the next attempt: random up to a bound that doubles, on top of what the service asks for."""
    wait = random.uniform(0, min(LONGEST_PAUSE_S, 0.5 * 2**attempt))  # noqa: S311 - jitter, not a secret
    if retry_after_s is None:
        return wait
    # Never earlier than asked, and not all at the same moment.
    return min(retry_after_s, LONGEST_RETRY_AFTER_S) + min(wait, max(1.0, retry_after_s / 4))
