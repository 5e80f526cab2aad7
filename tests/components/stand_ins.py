"""A clock that the test turns, and faults that the server under test is told to have."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import httpx

from components.clock import Clock


@dataclass
class FakeTime:
    """A clock that jumps when somebody sleeps.

    Attributes:
        seconds: What it shows.
        pauses: Every sleep so far.
        really_s: How long a sleep takes in truth, where the server has something to do meanwhile.
        at: What to do when the clock has come to a moment, by that moment; each is done once.
    """

    seconds: float = field(default_factory=time.monotonic)
    pauses: list[float] = field(default_factory=list)
    really_s: float = 0.0
    at: dict[float, Callable[[], None]] = field(default_factory=dict)

    def clock(self) -> Clock:
        return Clock(now=lambda: self.seconds, sleep=self.sleep)

    def sleep(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.seconds += seconds
        if self.really_s:
            time.sleep(self.really_s)
        for moment in [moment for moment in self.at if moment <= self.seconds]:
            self.at.pop(moment)()


@dataclass
class Faults:
    """Rules of the server under test."""

    url: str

    def add(self, **rule: Any) -> None:
        httpx.post(f"{self.url}/_faults", json=rule).raise_for_status()

    def clear(self) -> None:
        httpx.delete(f"{self.url}/_faults").raise_for_status()

    def seen(self) -> list[int]:
        return [rule["seen"] for rule in httpx.get(f"{self.url}/_faults").json()["faults"]]

    def fired(self) -> bool:
        return any(rule["fired"] for rule in httpx.get(f"{self.url}/_faults").json()["faults"])

    def await_fired(self, over: Callable[[], bool] = lambda: False, number: int = 0) -> None:
        """Return when a rule has fired, or something else is over.

        Args:
            over: What else may come first.
            number: Which rule, in the order in which they were added.
        """
        while not over() and not httpx.get(f"{self.url}/_faults").json()["faults"][number]["fired"]:
            time.sleep(0.05)
