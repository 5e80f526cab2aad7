"""A clock that the test turns, and faults that the server under test is told to have."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any

import httpx

from components.clock import Clock


@dataclass
class FakeTime:
    """A clock that jumps when somebody sleeps, and runs what is due then."""

    seconds: float = field(default_factory=time.time)
    pauses: list[float] = field(default_factory=list)

    def clock(self) -> Clock:
        return Clock(now=lambda: self.seconds, sleep=self.sleep)

    def sleep(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.seconds += seconds


@dataclass
class Faults:
    """Rules of the server under test."""

    url: str

    def add(self, **rule: Any) -> None:
        httpx.post(f"{self.url}/_faults", json=rule).raise_for_status()
