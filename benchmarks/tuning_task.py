"""`python -m benchmarks.tuning_task`: how soon the tuning task starts a job, its memory, and its calls of the service.

A local Vertex keeps the job in the queue, so that the task does nothing but start and poll.
"""

from __future__ import annotations

import argparse
import datetime
import io
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout, suppress
from pathlib import Path
from typing import Any

import httpx
import psutil

from benchmarks.processes import machine
from components.errors import RetuneError
from components.gcp.tuning_jobs import TuningJobs
from components.step import Step
from components.supervised_tuning.progress import ProgressLog, TuningProgress
from components.supervised_tuning.wait import wait_for_job
from local_vertex.server import start
from tests.components import tune_once
from tests.components.new_step import new_step
from tests.components.stand_ins import FakeTime, Faults
from tests.components.tuning_line import cancel_all, held, request_for, tuning_settings

HOUR_S = 3600.0
MEMORY_LIMIT_MB = 120
POLLED_S = 6.0
YARDSTICKS = {"python -c pass": "pass", "import google.genai": "import google.genai"}


@contextmanager
def quiet_server() -> Iterator[str]:
    """A local Vertex on which jobs stay queued; this process's clients lead to it. Gives its address."""
    with tempfile.TemporaryDirectory() as folder:
        server = start(Path(folder), ephemeral=True, idle_shutdown_s=600)
        try:
            os.environ.update(server.environment())
            held(Faults(server.base_url))
            yield server.base_url
        finally:
            server.stop()


def calls_per_hour(url: str, hours: int) -> list[int]:
    """Requests of the waiting task, hour by hour, on a clock that jumps."""
    step, time_, counted = new_step("calls"), FakeTime(), []
    job = TuningJobs(step.cloud).create(request_for(step))
    count(url)
    began = time_.seconds
    for hour in range(1, hours + 1):
        time_.at[began + hour * HOUR_S] = lambda: counted.append(count(url))
    settings = tuning_settings(step, deadline_minutes=60.0 * hours)

    def keep(progress: TuningProgress) -> None:
        step.ledger.write_run("run-1", "progress.json", progress)

    log = ProgressLog("candidate", 1, time_.clock(), keep)
    # The deadline ends it.
    with suppress(RetuneError), redirect_stdout(io.StringIO()):
        wait_for_job(TuningJobs(step.cloud), job, settings, time_.clock(), log.show)
    return counted


def count(url: str) -> int:
    """Requests since the last call."""
    rule: dict[str, Any] = {"action": "delay", "delay_s": 0.0}
    known = httpx.get(f"{url}/_faults").json()["faults"]
    httpx.delete(f"{url}/_faults")
    httpx.post(f"{url}/_faults", json=rule).raise_for_status()
    return sum(one["seen"] for one in known if one["action"] == "delay")


def launched(url: str, step: Step, number: int) -> tuple[float, int]:
    """Seconds from the start of the task's process to its create call, and its memory (PSS) in bytes while it polls."""
    wanted = request_for(step, number)
    program = [
        sys.executable,
        str(Path(tune_once.__file__)),
        step.config,
        wanted.train_uri,
        wanted.fingerprint,
        "run-1",
    ]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])}
    began = datetime.datetime.now(datetime.UTC)
    process = psutil.Popen(program, env=environment, stdout=subprocess.DEVNULL)
    try:
        jobs = TuningJobs(step.cloud)
        while not (found := jobs.find(wanted.fingerprint)):
            time.sleep(0.05)
        created = datetime.datetime.fromisoformat(found[0].created)
        time.sleep(POLLED_S)
        return (created - began).total_seconds(), int(process.memory_full_info().pss)
    finally:
        process.kill()
        process.wait()
        cancel_all(step, url)


def yardstick(program: str) -> float:
    """Seconds that a Python process takes."""
    began = time.perf_counter()
    subprocess.run([sys.executable, "-c", program], check=True)
    return time.perf_counter() - began


def main(arguments: list[str] | None = None) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, epilog="example: python -m benchmarks.tuning_task --rounds 5")
    parser.add_argument("--rounds", type=int, default=3, help="starts of the task, of which the fastest counts")
    parser.add_argument("--hours", type=int, default=6, help="hours of waiting, on a clock that jumps")
    asked = parser.parse_args(arguments)
    say = sys.stdout.write
    with quiet_server() as url:
        step = new_step("starts")
        bare = {name: float("inf") for name in YARDSTICKS}
        fastest, memory = float("inf"), 0
        for number in range(asked.rounds):
            for name, program in YARDSTICKS.items():
                bare[name] = min(bare[name], yardstick(program))
            seconds, pss = launched(url, step, number)
            fastest, memory = min(fastest, seconds), max(memory, pss)
        hours = calls_per_hour(url, asked.hours)
    say(f"{machine()}; fastest of {asked.rounds}\n")
    say(f"process start to create call   {fastest:6.2f} s")
    say("".join(f", {fastest / seconds:.1f} x {name}" for name, seconds in bare.items()) + "\n")
    within = "within" if memory <= MEMORY_LIMIT_MB * 1_000_000 else "ABOVE"
    say(f"memory of the polling task     {memory / 1e6:6.0f} MB, {within} {MEMORY_LIMIT_MB} MB\n")
    say(f"API calls in each hour of waiting, pauses of at most 30 s   {', '.join(map(str, hours))}\n")


if __name__ == "__main__":
    main()
