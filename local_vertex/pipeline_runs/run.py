"""One pipeline run as the server sees it: a directory and a worker process with everything that it started."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
import sys
from contextlib import suppress
from pathlib import Path

from local_vertex.calls import Json
from local_vertex.pipeline_runs import task_events
from local_vertex.pipeline_runs.task_launcher import GRACE_S
from local_vertex.pipeline_runs.worker import RESULT_FILE_NAME, RUN_FILE_NAME
from local_vertex.process_lifetime import kill_session

# The launchers kill their tasks after the grace and then still report it.
_KILL_AFTER_S = GRACE_S + 1
_PACKAGE_PARENT = Path(__file__).resolve().parents[2]


class PipelineRun:
    """The worker process of a run; it and its tasks form a session of their own.

    Args:
        directory: The run's directory, as `prepare` left it.
    """

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._worker: asyncio.subprocess.Process | None = None
        self._cancelled = False

    async def execute(self, environment: dict[str, str]) -> int:
        """Run the worker to its end and return its exit status; no process of the run is left.

        Args:
            environment: Environment of the worker and of every task.
        """
        path = [str(_PACKAGE_PARENT), *filter(None, [environment.get("PYTHONPATH")])]
        with (self._directory / "worker.log").open("ab") as log:
            self._worker = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "local_vertex.pipeline_runs.worker", str(self._directory), str(os.getpid())),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=self._directory,
                env={**environment, "PYTHONPATH": os.pathsep.join(path)},
                start_new_session=True,
            )
        if self._cancelled:
            self._terminate()
        status = await self._worker.wait()
        kill_session(self._worker.pid)
        return status

    def cancel(self) -> None:
        """Ask the tasks to end, and end them after a grace; no further task starts."""
        self._cancelled = True
        (self._directory / task_events.CANCEL_FILE_NAME).touch()
        self._terminate()
        asyncio.get_running_loop().call_later(_KILL_AFTER_S, self.kill)

    def _terminate(self) -> None:
        if self._worker is not None and self._worker.returncode is None:
            with suppress(ProcessLookupError):
                os.killpg(self._worker.pid, signal.SIGTERM)

    def kill(self) -> None:
        """End every process of the run at once."""
        if self._worker is not None and self._worker.returncode is None:
            kill_session(self._worker.pid)


def prepare(directory: Path, job: Json, arguments: Json, placeholders: dict[str, str]) -> None:
    """Make the run's directory with what the worker needs.

    Args:
        directory: The run's directory; what a killed server may have left there is removed.
        job: The pipeline job.
        arguments: Checked arguments of the pipeline.
        placeholders: Texts that stand for the job in the pipeline, with their values.
    """
    if directory.exists():
        shutil.rmtree(directory)
    directory.mkdir(parents=True)
    run = {"spec": job["pipelineSpec"], "arguments": arguments, "placeholders": placeholders}
    (directory / RUN_FILE_NAME).write_text(json.dumps(run))


def cause(directory: Path) -> str | None:
    """What went wrong in the orchestrator; empty after a success, None when the worker ended without a result."""
    file = directory / RESULT_FILE_NAME
    return str(json.loads(file.read_text())["cause"]) if file.exists() else None
