"""The process of one pipeline run: `python -m local_vertex.pipeline_runs.worker RUN_DIRECTORY SERVER`.

One process per run, because kfp.local keeps its configuration in globals. The run's directory has `run.json`, written
by the server; the worker leaves `result.json` and does not outlive the process SERVER.
"""

from __future__ import annotations

import json
import logging
import os
import re
import shlex
import signal
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from local_vertex.calls import Json
from local_vertex.pipeline_runs import fork_server
from local_vertex.pipeline_runs.spec import with_launcher, with_values
from local_vertex.process_lifetime import die_with_parent

RUN_FILE_NAME = "run.json"
RESULT_FILE_NAME = "result.json"
FORKED_FROM_TASKS = 5
"""A run of fewer tasks is over before the imports of a fork server pay."""
_CAUSE_LENGTH = 500
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")


class OrchestratorWarnings(logging.Filter):
    """Collects what kfp.local's orchestrator only logs although the run then went wrong.

    A condition that it cannot evaluate counts as false, a loop over items that it cannot find is left out, and the run
    succeeds. A filter of the root logger, not a handler: kfp.local swaps the handlers, and loses some when tasks run in
    parallel.
    """

    def __init__(self) -> None:
        super().__init__()
        self.messages: list[str] = []

    def filter(self, record: logging.LogRecord) -> bool:
        """Note the record if it tells of a decision that could not be made; let every record through."""
        if record.levelno >= logging.WARNING and Path(record.pathname).parent.name == "orchestrator":
            self.messages.append(record.getMessage())
        return True


def keep_python3(directory: Path, address: Path) -> None:
    """Have `python3` mean this interpreter without kfp.local's text replacement, forked where that is possible.

    kfp.local replaces `python3` by `sys.executable` everywhere in a task's command line, also inside the arguments: a
    parameter `gs://bucket/python3/train.jsonl` would reach the task as another text. With `sys.executable` set to
    `python3` it replaces nothing, and the search path decides.

    Args:
        directory: The run's directory.
        address: Where the run's fork server listens, if it does.
    """
    shim = directory / "bin" / "python3"
    shim.parent.mkdir()
    python = shlex.quote(sys.executable)
    client = f"{python} -I -S {shlex.quote(str(fork_server.CLIENT))} {shlex.quote(str(address))} {python}"
    shim.write_text(f'#!/bin/sh\n[ "$1 $2" = "-m {fork_server.MODULE}" ] && exec {client} "$@"\nexec {python} "$@"\n')
    shim.chmod(0o700)
    os.environ["PATH"] = f"{shim.parent}{os.pathsep}{os.environ['PATH']}"
    sys.executable = "python3"


def execute(run: Json, directory: Path) -> str:
    """Run the pipeline to its end.

    Args:
        run: `spec`, `arguments` and `placeholders` of the run.
        directory: The run's directory.

    Returns:
        Empty on success, otherwise what went wrong in the orchestrator's words.
    """
    # Here and not at the top: 0.4 s that only the worker pays.
    from kfp import components, local

    spec = with_launcher(with_values(run["spec"], run["placeholders"]), directory, os.getpid())
    warnings = OrchestratorWarnings()
    logging.getLogger().addFilter(warnings)
    local.init(
        local.SubprocessRunner(use_venv=False),
        pipeline_root=str(directory / "root"),
        workspace_root=str(directory / "workspace"),
        raise_on_error=True,
    )
    try:
        components.load_component_from_text(json.dumps(spec))(**run["arguments"])
    except Exception as error:
        return _cause([*warnings.messages, str(error)])
    return _cause(warnings.messages)


def _cause(messages: list[str]) -> str:
    return "; ".join(_COLOUR.sub("", message) for message in messages)[:_CAUSE_LENGTH]


def main(arguments: list[str]) -> None:
    """Run what `run.json` says and write `result.json`."""
    directory, server = Path(arguments[0]), int(arguments[1])
    run = json.loads((directory / RUN_FILE_NAME).read_text())
    # The tasks have the grace of a cancel, the orchestrator waits for them. Not SIG_IGN, which children would inherit.
    signal.signal(signal.SIGTERM, lambda _number, _frame: None)
    die_with_parent(server, signal.SIGKILL)
    (directory / "logs").mkdir()
    # Not in the run's directory, because the address of a socket has about a hundred characters.
    with TemporaryDirectory(prefix="retune-run-") as folder:
        address = Path(folder) / "fork_server"
        if fork_server.SUPPORTED and len(run["spec"]["deploymentSpec"]["executors"]) >= FORKED_FROM_TASKS:
            run_file = str(directory / RUN_FILE_NAME)
            subprocess.Popen([sys.executable, "-m", fork_server.__name__, str(os.getpid()), str(address), run_file])  # noqa: S603
        keep_python3(directory, address)
        result = {"cause": execute(run, directory)}
    unfinished = directory / f"{RESULT_FILE_NAME}.tmp"
    unfinished.write_text(json.dumps(result))
    unfinished.replace(directory / RESULT_FILE_NAME)


if __name__ == "__main__":
    main(sys.argv[1:])
