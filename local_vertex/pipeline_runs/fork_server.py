"""Forks the tasks of one pipeline run from a process that has imported already what they import.

    python -m local_vertex.pipeline_runs.fork_server WORKER_PID SOCKET RUN_FILE

Importing `google.genai` and `google.cloud.aiplatform_v1` takes a process two to three seconds, what a component imports
itself another half, and a run has a dozen tasks. A task is still a process of its own, with its own command line,
environment, folder, output and process group; only what a module prints while it is imported is not in the task's log.
"""

from __future__ import annotations

import gc
import importlib
import json
import multiprocessing
import os
import selectors
import signal
import socket
import sys
import tempfile
import threading
from collections import deque
from collections.abc import Iterable
from contextlib import suppress
from multiprocessing.context import ForkProcess
from pathlib import Path
from types import CodeType

from local_vertex.calls import Json
from local_vertex.pipeline_runs.fork_client import LENGTH_BYTES, STATUS_BYTES
from local_vertex.pipeline_runs.task_imports import import_statements
from local_vertex.process_lifetime import die_with_parent

SUPPORTED = sys.platform == "linux"
"""Elsewhere libraries of the system may not survive a fork."""
CLIENT = Path(__file__).with_name("fork_client.py")
MODULE = "kfp.dsl.executor_main"
"""What lightweight Python components run with `-m`: the compiled command of every task."""
_FORK = multiprocessing.get_context("fork")
CLIENTS = ("google.cloud.storage", "google.genai", "google.cloud.aiplatform_v1")
"""Google's clients, from the fastest to the slowest to import; tasks often import them where they use them."""


class TaskRequest:
    """A task that is to be forked.

    Args:
        connection: To the task's `fork_client`.

    Raises:
        EOFError: The client was killed before it had said what to do.
    """

    def __init__(self, connection: socket.socket) -> None:
        length, self.files, _, _ = socket.recv_fds(connection, LENGTH_BYTES, 3)
        with connection.makefile("rb") as stream:
            body = stream.read(int.from_bytes(length, "big"))
        if not body or len(body) != int.from_bytes(length, "big"):
            self.close()
            raise EOFError
        self.task: Json = json.loads(body.decode("utf-8", "surrogateescape"))

    def become(self, *, whole: bool) -> None:
        """Make this process the task and run it.

        Args:
            whole: Whether the fork has all that its parent had. Of threads, which an import may have started, it has
                none; then the task starts from nothing, as without a fork server.
        """
        os.setpgid(0, self.task["group"])
        for number, file in enumerate(self.files):
            os.dup2(file, number)
        self.close()
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        os.environ.clear()
        os.environ.update(self.task["environment"])
        os.chdir(self.task["folder"])
        if not whole:
            os.execv(sys.executable, [sys.executable, *self.task["arguments"]])  # noqa: S606 - the task's own command
        # Read from the environment once, perhaps by an import.
        tempfile.tempdir = None
        sys.path[0] = self.task["folder"]
        executor = importlib.import_module(MODULE)
        sys.argv = [str(executor.__file__), *self.task["arguments"][2:]]
        executor.executor_main()

    def close(self) -> None:
        """Let go of the task's files."""
        for file in self.files:
            os.close(file)


def serve(listener: socket.socket, imports: Iterable[CodeType]) -> None:
    """Fork tasks until the end of this process, and import for them while no task is asked for.

    Args:
        listener: Where tasks are asked for.
        imports: Import statements. One that fails is for the task to report that needs it.
    """
    selector = selectors.DefaultSelector()
    selector.register(listener, selectors.EVENT_READ, None)
    waiting = deque(imports)
    while True:
        if waiting:
            with suppress(Exception, SystemExit):
                exec(waiting.popleft(), {})  # noqa: S102 - the submitted pipeline's own code, which its tasks run anyway
        for key, _ in selector.select(0 if waiting else None):
            if key.data is not None:
                # What came before it may have ended what it is about.
                if key.fd in selector.get_map():
                    key.data()
                continue
            connection, _ = listener.accept()
            try:
                request = TaskRequest(connection)
            except (EOFError, ConnectionResetError):
                connection.close()
                continue
            # It ends without taking apart what was imported, which takes ten times as long as the fork.
            task = _FORK.Process(target=request.become, kwargs={"whole": threading.active_count() == 1})
            # What is there by now is nothing that a task's garbage collector need look at, or copy by looking.
            gc.freeze()
            task.start()
            request.close()
            _watch(selector, task, connection)


def _watch(selector: selectors.BaseSelector, task: ForkProcess, connection: socket.socket) -> None:
    """Tell the client when the task has ended, and end the task when the client has."""

    def ended() -> None:
        selector.unregister(task.sentinel)
        selector.unregister(connection)
        task.join()
        assert task.exitcode is not None
        with connection, suppress(BrokenPipeError):
            connection.sendall(task.exitcode.to_bytes(STATUS_BYTES, "big", signed=True))
        task.close()

    selector.register(task.sentinel, selectors.EVENT_READ, ended)
    selector.register(connection, selectors.EVENT_READ, task.kill)


def main(arguments: list[str]) -> None:
    """Listen, and import meanwhile: a task that is asked for early has what is there by then."""
    worker, address, run_file = arguments
    # A cancel is for the tasks, whose status is still wanted.
    signal.signal(signal.SIGTERM, lambda _number, _frame: None)
    signal.signal(signal.SIGINT, lambda _number, _frame: None)
    die_with_parent(int(worker), signal.SIGKILL)
    # As every task has it: KFP then leaves out its compiler, and its client with that of Kubernetes.
    os.environ["_KFP_RUNTIME"] = "true"
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(address)
    listener.listen()
    importlib.import_module(MODULE)
    clients = [compile(f"import {name}", "<Google's clients>", "exec") for name in CLIENTS]
    serve(listener, [*import_statements(json.loads(Path(run_file).read_text())["spec"]), *clients])


if __name__ == "__main__":
    main(sys.argv[1:])
