"""A clock that the test turns, and faults that the server under test is told to have."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
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

    def clear(self) -> None:
        httpx.delete(f"{self.url}/_faults").raise_for_status()

    def fired(self) -> bool:
        return any(rule["fired"] for rule in httpx.get(f"{self.url}/_faults").json()["faults"])


def kill_at_fault(faults: Faults, script: str, *arguments: str) -> None:
    """Run a script of this folder and kill it the moment that a fault holds one of its requests, or let it end."""
    folder = Path(__file__).parent
    command = [sys.executable, str(folder / script), *arguments]
    environment = {**os.environ, "PYTHONPATH": str(folder.parents[1])}
    with subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL) as process:
        while not faults.fired() and process.poll() is None:
            pass
        process.kill()
