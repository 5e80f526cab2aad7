"""The last requests, for the console: what was asked and answered, without bodies, queries and headers."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

KEPT = 100


@dataclass(frozen=True, slots=True)
class Answered:
    """One request.

    Attributes:
        time: RFC 3339 instant of its end.
        method: HTTP method.
        path: Decoded path without the query, which may hold an upload's token.
        status: HTTP status of the reply; 0 when the connection was dropped before one.
        milliseconds: Until the reply was complete.
        fault: Action of the fault that it met; empty for none.
    """

    time: str
    method: str
    path: str
    status: int
    milliseconds: float
    fault: str


class RequestLog:
    """The last `KEPT` requests of this process; only the event loop writes and reads it."""

    def __init__(self) -> None:
        self._kept: deque[Answered] = deque(maxlen=KEPT)

    def add(self, answered: Answered) -> None:
        """Keep one."""
        self._kept.appendleft(answered)

    def last(self) -> list[Answered]:
        """What is kept, newest first."""
        return list(self._kept)
