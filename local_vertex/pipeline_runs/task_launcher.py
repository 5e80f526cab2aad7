"""Runs one task of a pipeline as its child, and reports when it started and how it ended.

kfp.local executes it in place of a task's own command (see `spec.with_launcher`), because kfp.local itself tells nobody
which task runs now, and does not pass signals on:

    python -m local_vertex.pipeline_runs.task_launcher WORKER_PID RUN_DIRECTORY TASK_NAME TASK_ID OUTPUT_FILE COMMAND...
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from types import FrameType

from local_vertex.calls import Json
from local_vertex.clock import timestamp
from local_vertex.pipeline_runs import task_events
from local_vertex.pipeline_runs.executor_messages import executor_input, inputs, outputs
from local_vertex.process_lifetime import die_with_parent, wait_for_group

GRACE_S = 5.0
"""Time that a task has after SIGTERM to end what it owns, such as a tuning job."""

NOT_STARTED = 125


class Task:
    """The process of one task, in a process group of its own.

    Args:
        command: The task's command line.
        log: File that receives the task's output.
        grace_s: Seconds between SIGTERM and SIGKILL.
    """

    def __init__(self, command: list[str], log: Path, grace_s: float = GRACE_S) -> None:
        self._command = command
        self.log = log
        self._child: subprocess.Popen[bytes] | None = None
        self._grace_s = grace_s
        self._terminated = False
        self.stopped = False

    def start(self, folder: str) -> int:
        """Start the process and return its id.

        Args:
            folder: Temporary folder of the task; KFP's command line leaves files in it.
        """
        with self.log.open("ab") as log:
            self._child = subprocess.Popen(  # noqa: S603 - the command of the submitted pipeline, that is the purpose
                self._command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env={**os.environ, "TMPDIR": folder},
                process_group=0,
            )
        if self.stopped:
            self._terminate()
        return self._child.pid

    def wait(self) -> int:
        """The exit status; negative for a signal. Nothing that the task started is left behind."""
        assert self._child is not None
        status = self._child.wait()
        if self.stopped:
            # KFP's shell ends at once; the component inside it still has the grace.
            wait_for_group(self._child.pid)
        self._signal(signal.SIGKILL)
        return status

    def stop(self, _number: int, _frame: FrameType | None) -> None:
        """Signal handler: pass SIGTERM on to the task, and SIGKILL when the grace is over."""
        self.stopped = True
        if self._child is not None:
            self._terminate()

    def _terminate(self) -> None:
        if self._terminated:
            return
        self._terminated = True
        signal.signal(signal.SIGALRM, lambda _number, _frame: self._signal(signal.SIGKILL))
        signal.setitimer(signal.ITIMER_REAL, self._grace_s)
        self._signal(signal.SIGTERM)

    def _signal(self, number: signal.Signals) -> None:
        assert self._child is not None
        with suppress(ProcessLookupError):
            os.killpg(self._child.pid, number)


def main(arguments: list[str]) -> int:
    """Run the task and return its exit status as the shell would."""
    worker, directory, name, task_id, output_file, *command = arguments
    run = Path(directory)
    task = Task(command, run / "logs" / f"{name}-{task_id}.log")
    signal.signal(signal.SIGTERM, task.stop)
    signal.signal(signal.SIGINT, task.stop)
    die_with_parent(int(worker), signal.SIGTERM)
    # After the handlers: a cancel either left the file before this line or finds the handlers in place.
    if (run / task_events.CANCEL_FILE_NAME).exists():
        return NOT_STARTED
    with TemporaryDirectory(prefix="retune-task-") as folder:
        status = _run(task, run, _place(run, output_file), executor_input(command), folder)
    return status if status >= 0 else 128 - status


def _run(task: Task, run: Path, place: str, message: Json, folder: str) -> int:
    process = task.start(folder)
    started = {"type": "started", "path": place, "time": timestamp(), "pid": process, "log": str(task.log)}
    task_events.append(run, {**started, "inputs": inputs(message)})
    status = task.wait()
    ended = {"type": "ended", "path": place, "time": timestamp(), "status": status, "stopped": task.stopped}
    task_events.append(run, {**ended, "outputs": outputs(message) if status == 0 else {}})
    return status


def _place(run: Path, output_file: str) -> str:
    """The task's place in the run: the iterations of the loops around it and its own name, joined by slashes."""
    _run_folder, *place = Path(output_file).parent.relative_to(run / "root").parts
    return "/".join(place)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
