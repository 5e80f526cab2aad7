"""Runs a program in a fresh process and watches its time and its memory."""

from __future__ import annotations

import datetime
import os
import platform
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from typing import NamedTuple

import psutil

SAMPLED_EVERY_S = 0.02


class Measured(NamedTuple):
    """What a program cost.

    Attributes:
        seconds: Wall time from the start of the process to its end.
        cpu_seconds: Processor time of it and its children; what to compare where others use the machine as well.
        peak: Highest memory (PSS) of it and its children, in bytes.
    """

    seconds: float
    cpu_seconds: float
    peak: int


def measure(program: str, *, python: str = sys.executable, arguments: Sequence[str] = ()) -> Measured:
    """What a program costs in a fresh Python process.

    Args:
        program: The program's text.
        python: The interpreter.
        arguments: What the program finds in `sys.argv[1:]`.

    Raises:
        subprocess.CalledProcessError: The program failed; what it wrote to standard error is in it.
    """
    started, used, peak = time.perf_counter(), cpu_seconds(), 0
    with tempfile.TemporaryFile() as said:
        process = psutil.Popen([python, "-c", program, *arguments], stdout=subprocess.DEVNULL, stderr=said)
        while process.poll() is None:
            try:
                family = [process, *process.children(recursive=True)]
                peak = max(peak, sum(one.memory_full_info().pss for one in family))
            except psutil.Error:
                pass
            time.sleep(SAMPLED_EVERY_S)
        if process.returncode:
            said.seek(0)
            raise subprocess.CalledProcessError(
                process.returncode, program, stderr=said.read().decode(errors="replace")
            )
    return Measured(time.perf_counter() - started, cpu_seconds() - used, peak)


def fastest(rounds: Sequence[Measured]) -> Measured:
    """The best of several rounds: shortest times, highest memory."""
    seconds, cpu_seconds, peaks = zip(*rounds, strict=True)
    return Measured(min(seconds), min(cpu_seconds), max(peaks))


def cpu_seconds() -> float:
    """Processor time of all children that have ended, and of theirs."""
    ended = resource.getrusage(resource.RUSAGE_CHILDREN)
    return ended.ru_utime + ended.ru_stime


def machine() -> str:
    """Date and machine, without which no timing should be read."""
    load = os.getloadavg()[0]
    return (
        f"{datetime.datetime.now(datetime.UTC):%Y-%m-%d}, {os.cpu_count()} cores, {platform.machine()}, "
        f"Python {platform.python_version()}, load {load:.1f}"
    )
