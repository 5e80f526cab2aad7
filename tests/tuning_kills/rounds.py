"""Rounds of starting tuning tasks, killing them, starting them again and counting jobs."""

from __future__ import annotations

import multiprocessing
import random
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.process import BaseProcess

import httpx

from local_vertex.server import RunningServer
from tests.tuning_kills import task
from tests.tuning_kills.lines import Line, new_line

KILLS_OF_A_LINE = (2, 9)
TWO_TRIGGERS = FAILING = 0.25
SOON_S, LATEST_S = 1.5, 12.0
ENDS_WITHIN_S = 600.0
STARTS_AT_MOST = 40


@dataclass
class Run:
    """A run that wants the model of a line.

    Attributes:
        run_id: Identifier.
        end: Exit status of its task once that is final; None until then.
        starts: How often the task was started undisturbed.
    """

    run_id: str
    end: int | None = None
    starts: int = 0


def kill_tasks(
    server: RunningServer, kills: int, seed: int, tell: Callable[[str], object] = lambda line: None
) -> Counter[str]:
    """Kill tuning tasks so often, at random moments and among faults, and let every run end.

    Args:
        server: A local Vertex; its faults are replaced.
        kills: How often.
        seed: Decides on faults, moments and runs.
        tell: Told what happens.

    Returns:
        What happened, counted.

    Raises:
        AssertionError: A fingerprint has not exactly one job, or a run does not end.
    """
    draw, counts = random.Random(seed), Counter[str]()
    forks = multiprocessing.get_context("forkserver")
    forks.set_forkserver_preload(["tests.tuning_kills.task"])
    longest, number = SOON_S, 0
    while counts["kills"] < kills:
        number += 1
        wanted = min(draw.randint(*KILLS_OF_A_LINE), kills - counts["kills"])
        fails = draw.random() < FAILING
        line = new_line(server, f"kills-{seed}-{number}", draw.getrandbits(32), fails=fails)
        runs = [Run(f"run-{one}") for one in range(1 if fails or draw.random() > TWO_TRIGGERS else 2)]
        counts["fingerprints"] += 1
        counts["runs"] += len(runs)
        killed = 0
        while killed < wanted and any(run.end is None for run in runs):
            # Half of the kills fall into the start, where a job may be paid for twice.
            moment = draw.uniform(0, draw.choice((longest, SOON_S)))
            killed += _kill_round(forks, line, runs, moment, counts)
        longest = max(longest, _let_end(forks, line, runs, counts))
        jobs = line.jobs()
        states = [job["state"] for job in jobs]
        tell(f"{counts['kills']} kills; line {number}: {killed} kills, {len(runs)} runs, {states}")
        assert len(jobs) == 1, f"{len(jobs)} jobs for one fingerprint: {jobs}"
        assert jobs[0]["state"] == ("JOB_STATE_FAILED" if fails else "JOB_STATE_SUCCEEDED"), jobs
        assert {run.end for run in runs} == {task.FAILED if fails else task.TUNED}
        counts["jobs"] += len(jobs)
        counts["jobs that failed"] += fails
    return counts


def _kill_round(
    forks: multiprocessing.context.ForkServerContext, line: Line, runs: list[Run], moment: float, counts: Counter[str]
) -> int:
    """Start the tasks of the runs that have not ended, and kill them at a moment; how many were still alive."""
    line.faults_on()
    started = [(run, _started(forks, line, run)) for run in runs if run.end is None]
    # Not to wait for something: the moment of the kill is what is tried.
    time.sleep(moment)
    alive = [process for _, process in started if process.is_alive()]
    for process in alive:
        process.kill()
    for run, process in started:
        process.join()
        if process not in alive:
            _note_end(run, process, counts)
    counts.update(line.faults_off())
    if alive:
        counts[f"kills {line.phase()}"] += len(alive)
    counts["kills"] += len(alive)
    return len(alive)


def _let_end(
    forks: multiprocessing.context.ForkServerContext, line: Line, runs: list[Run], counts: Counter[str]
) -> float:
    """Start the tasks until every run has its end, among faults still; the longest time that one took."""
    longest = 0.0
    while any(run.end is None for run in runs):
        line.faults_on()
        began, started = time.monotonic(), [(run, _started(forks, line, run)) for run in runs if run.end is None]
        for run, process in started:
            process.join(ENDS_WITHIN_S)
            assert process.exitcode is not None, f"{run.run_id} of {line.name} does not end"
            run.starts += 1
            assert run.starts <= STARTS_AT_MOST, f"{run.run_id} of {line.name} never ends"
            _note_end(run, process, counts)
        counts.update(line.faults_off())
        longest = max(longest, time.monotonic() - began)
    return min(longest, LATEST_S)


def _started(forks: multiprocessing.context.ForkServerContext, line: Line, run: Run) -> BaseProcess:
    arguments = (line.environment, line.config, run.run_id, line.fingerprint, line.plan_uri, line.snapshot_uri)
    process = forks.Process(target=task.tune, args=arguments)
    process.start()
    return process


def _note_end(run: Run, process: BaseProcess, counts: Counter[str]) -> None:
    assert process.exitcode in (task.TUNED, task.FAILED, task.AGAIN), f"exit status {process.exitcode}"
    if process.exitcode == task.AGAIN:
        counts["tasks that gave up and were started again"] += 1
    else:
        run.end = process.exitcode


def clear_faults(url: str) -> None:
    """Lift every fault of a server that may be gone."""
    with suppress(httpx.TransportError):
        httpx.delete(f"{url}/_faults")
