"""Runs a program in a fresh process and watches its time and its memory."""

from __future__ import annotations

import datetime
import os
import platform
import subprocess
import sys
import time
from collections.abc import Sequence

import psutil

SAMPLED_EVERY_S = 0.02


def measure(program: str, *, python: str = sys.executable, arguments: Sequence[str] = ()) -> tuple[float, int]:
    """Wall seconds of a fresh Python process and the highest memory (PSS) of it and its children, in bytes.

    Args:
        program: The program's text.
        python: The interpreter.
        arguments: What the program finds in `sys.argv[1:]`.

    Raises:
        subprocess.CalledProcessError: The program failed.
    """
    started, peak = time.perf_counter(), 0
    process = psutil.Popen([python, "-c", program, *arguments])
    while process.poll() is None:
        try:
            family = [process, *process.children(recursive=True)]
            peak = max(peak, sum(one.memory_full_info().pss for one in family))
        except psutil.Error:
            pass
        time.sleep(SAMPLED_EVERY_S)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, program)
    return time.perf_counter() - started, peak


def machine() -> str:
    """Date and machine, without which no timing should be read."""
    load = os.getloadavg()[0]
    return (
        f"{datetime.datetime.now(datetime.UTC):%Y-%m-%d}, {os.cpu_count()} cores, {platform.machine()}, "
        f"Python {platform.python_version()}, load {load:.1f}"
    )
