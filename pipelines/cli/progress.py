"""Live progress of a run: one line per task."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator

from rich.console import Console, Group
from rich.live import Live
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

from components.errors import RetuneError
from components.gcp.pipeline_jobs import PipelineJobs, RunStatus, TaskStatus
from components.gcp.service_errors import TRANSIENT
from pipelines.cli.tuning_watch import TuningWatch

POLL_S = 0.5
SILENCES = 5
"""Polls in a row that may go unanswered, each after a longer pause."""

STYLES = {"SUCCEEDED": "green", "FAILED": "bold red", "RUNNING": "cyan", "CANCELLED": "yellow"}
MARKS = {"SUCCEEDED": "✓", "FAILED": "✗", "CANCELLED": "■"}
QUIET = frozenset({"SKIPPED", "NOT_TRIGGERED"})
"""Tasks of branches that were not taken are not worth a line."""


def follow(jobs: PipelineJobs, name: str, console: Console, tuning: TuningWatch) -> RunStatus:
    """The run's final status; until then the console shows its tasks, and how far its candidates are tuned.

    On a terminal the table is redrawn in place, elsewhere every change of state is one line.
    """
    if console.is_terminal:
        return _follow_live(jobs, name, console, tuning)
    return _follow_lines(jobs, name, console, tuning)


def _statuses(jobs: PipelineJobs, name: str) -> Iterator[RunStatus]:
    """The run's status again and again until it has ended; a service that is silent for a moment is asked again."""
    silences = 0
    while True:
        try:
            status = jobs.get(name)
        except RetuneError as error:
            silences += 1
            if error.code not in TRANSIENT or silences > SILENCES:
                raise
            time.sleep(silences * POLL_S)
            continue
        silences = 0
        yield status
        if status.ended:
            return
        time.sleep(POLL_S)


def _follow_live(jobs: PipelineJobs, name: str, console: Console, tuning: TuningWatch) -> RunStatus:
    with Live(console=console, refresh_per_second=8) as live:
        for status in _statuses(jobs, name):
            live.update(Group(task_table(status), *(Text(line, style="dim") for line in tuning.lines(status))))
    return status


def _follow_lines(jobs: PipelineJobs, name: str, console: Console, tuning: TuningWatch) -> RunStatus:
    told: set[str] = set()
    shown: Counter[tuple[str, str]] = Counter()
    for status in _statuses(jobs, name):
        seen: Counter[tuple[str, str]] = Counter()
        for task in status.tasks:
            key = (task.name, task.state)
            seen[key] += 1
            if task.state in STYLES and seen[key] > shown[key]:
                shown[key] += 1
                took = f"  {task.seconds:.1f} s" if task.state != "RUNNING" else ""
                console.print(f"{task.state.lower():<10} {task.name}{took}")
        for line in tuning.lines(status):
            if line not in told:
                told.add(line)
                console.print(line, markup=False, soft_wrap=True)
    return status


def task_table(status: RunStatus) -> Table:
    """The tasks with their states and times."""
    table = Table.grid(padding=(0, 2))
    for task in status.tasks:
        if task.state not in QUIET and not (task.state == "PENDING" and (status.ended or _in_other_branch(task))):
            table.add_row(_mark(task), Text(task.name, style=STYLES.get(task.state, "dim")), _time(task))
    return table


def _in_other_branch(task: TaskStatus) -> bool:
    """Whether the task is a copy of one in another branch: kfp numbers the second and later uses of a component."""
    return task.name.rpartition("-")[2].isdigit()


def _mark(task: TaskStatus) -> Text | Spinner:
    if task.state == "RUNNING":
        return Spinner("dots", style="cyan")
    return Text(MARKS.get(task.state, "·"), style=STYLES.get(task.state, "dim"))


def _time(task: TaskStatus) -> Text:
    return Text(f"{task.seconds:6.1f} s" if task.seconds else "", style="dim", justify="right")
