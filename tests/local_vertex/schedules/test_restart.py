"""A server that is killed at any step of a firing starts every due run exactly once."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from local_vertex.pipeline_runs.pipeline_jobs import STOPPED

ROOT = Path(__file__).parents[3]
FIRST_DUE, SECOND_DUE = "2030-01-01T01:00", "2030-01-01T02:00"

# The server process in short: the same services on the same state, killed when a step is reached.
SERVER = """
import asyncio, os, signal, sys
from pathlib import Path
from local_vertex.clock import instant_us
from local_vertex.context import Context
from local_vertex.pipeline_runs import run
from local_vertex.pipeline_runs.pipeline_jobs import PipelineJobs
from local_vertex.schedules.schedules import Schedules
from local_vertex.state import State
from local_vertex.storage.object_store import ObjectStore

directory, step, due = Path(sys.argv[1]), sys.argv[2], sys.argv[3]
state = State(directory)
context = Context(directory, state, ObjectStore(directory / "objects", state), "http://127.0.0.1:9")
jobs = PipelineJobs(context)
schedules = Schedules(context, jobs)

def die(*args, **kwargs):
    os.kill(os.getpid(), signal.SIGKILL)

put, prepare = state.put, run.prepare

def put_until(kind, name, body):
    put(kind, name, body)
    if (kind, step) in (("pipelineJobs", "job written"), ("schedules", "schedule written")):
        die()

def prepare_until(*args):
    prepare(*args)
    if step == "directory made":
        die()

state.put, run.prepare = put_until, prepare_until
if step == "committed":
    jobs.launch = die

async def main():
    context.clock.stand_at(instant_us(due))
    schedules._firing.run_due()

asyncio.run(main())
"""


@pytest.mark.parametrize(
    ("step", "committed"),
    [("directory made", False), ("job written", False), ("schedule written", False), ("committed", True)],
)
def test_a_kill_between_two_steps_of_a_firing_neither_loses_nor_repeats_it(
    calendar: Any, tmp_path: Path, step: str, committed: bool
) -> None:
    async def story() -> None:
        name = calendar.create()
        calendar.state.close()
        command = [sys.executable, "-c", SERVER, str(tmp_path), step, f"{FIRST_DUE}:00Z"]
        killed = subprocess.run(command, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}, timeout=60)
        assert killed.returncode == -signal.SIGKILL
        calendar.open()
        assert calendar.times(name) == ([FIRST_DUE] if committed else [])

        await calendar.restart(f"{FIRST_DUE}:05Z")
        assert calendar.times(name) == [FIRST_DUE]
        assert [job["state"] for job in calendar.started(name)] == ["PIPELINE_STATE_RUNNING"]
        await calendar.move(f"{SECOND_DUE}:00Z")
        assert calendar.times(name) == [FIRST_DUE, SECOND_DUE]
        assert calendar.get(name)["startedRunCount"] == "2"

    calendar.play("2030-01-01T00:00:00Z", story)


def test_a_restart_closes_runs_that_had_begun_and_does_not_repeat_them(calendar: Any) -> None:
    async def story() -> None:
        name = calendar.create()
        await calendar.move(f"{FIRST_DUE}:00Z")
        await calendar.restart(f"{FIRST_DUE}:30Z")
        await calendar.restart(f"{FIRST_DUE}:40Z")
        [job] = calendar.started(name)
        assert (job["state"], job["error"]["message"]) == ("PIPELINE_STATE_FAILED", STOPPED)

    calendar.play("2030-01-01T00:00:00Z", story)
