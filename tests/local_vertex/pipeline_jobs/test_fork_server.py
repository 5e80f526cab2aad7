"""Tasks that are forked are processes like those that start by themselves."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from local_vertex.pipeline_runs import fork_server

pytestmark = pytest.mark.skipif(not fork_server.SUPPORTED, reason="tasks are forked on Linux only")

COMPONENT = """
import os, signal, sys, tempfile, time
from kfp import dsl

def surroundings() -> dict:
    print("to stdout")
    print("to stderr", file=sys.stderr)
    return {
        "folder": os.getcwd(), "group": os.getpgrp(), "temporary": tempfile.gettempdir(), "parent": os.getppid(),
        "mark": os.environ.get("MARK"), "unset": "PATH" in os.environ, "arguments": sys.argv[1:3],
        "loaded": sorted({"google.genai", "module_of_a_task"} & sys.modules.keys()), "path": sys.path[0],
    }

def threads() -> list:
    import module_with_a_thread
    import threading
    return sorted(one.name for one in threading.enumerate())

def fails():
    raise ValueError("on purpose")

def dies():
    os.kill(os.getpid(), signal.SIGKILL)

def ends_slowly():
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(7))
    print("ready", flush=True)
    while True:
        time.sleep(60)
"""


MODULES = {
    "module_of_a_task": "imported = True",
    "module_that_fails": "raise SystemExit('on purpose')",
    "module_with_a_thread": "from threading import *; Thread(target=Event().wait, name='x', daemon=True).start()",
}


def gone_before_it_asks(address: Path) -> bool:
    """Whether a client that ends at once was heard."""
    with socket.socket(socket.AF_UNIX) as connection:
        return connection.connect_ex(str(address)) == 0


def a_run_of(source: str) -> str:
    """The file of a run with one task whose component has this source."""
    spec = {
        "root": {"dag": {"tasks": {"only": {"componentRef": {"name": "comp-only"}}}}},
        "components": {"comp-only": {"executorLabel": "exec-only"}},
        "deploymentSpec": {"executors": {"exec-only": {"container": {"command": ["sh", "-ec", "x", source]}}}},
    }
    return json.dumps({"spec": spec})


@contextmanager
def forking(source: str, knows: str = "") -> Iterator[Path]:
    """Where a fork server for tasks with this source listens; what it imports is looked for in a folder too."""
    with TemporaryDirectory(prefix="forks-") as folder:
        address, run = Path(folder) / "s", Path(folder) / "run.json"
        run.write_text(a_run_of(source))
        process = subprocess.Popen(
            [sys.executable, "-m", fork_server.__name__, str(os.getpid()), str(address), str(run)],
            env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, [knows, os.environ.get("PYTHONPATH")]))},
        )
        while not gone_before_it_asks(address):
            assert process.poll() is None
        yield address
        process.kill()
        process.wait()


@pytest.fixture(scope="module")
def address() -> Iterator[Path]:
    """Where a fork server listens."""
    with forking("no Python") as address:
        yield address


@pytest.fixture
def modules(tmp_path: Path) -> str:
    """A folder with modules that tasks import."""
    folder = tmp_path / "modules"
    folder.mkdir()
    for name, text in MODULES.items():
        (folder / f"{name}.py").write_text(text)
    return str(folder)


class Task:
    """A task's command as KFP makes it, in a folder of its own."""

    def __init__(self, folder: Path, address: Path, function: str) -> None:
        self.folder = folder
        self.output = folder / "output.json"
        module = folder / "component.py"
        module.write_text(COMPONENT)
        outputs = {"parameters": {"Output": {"outputFile": str(folder / "Output")}}, "outputFile": str(self.output)}
        options = {
            "--component_module_path": str(module),
            "--executor_input": json.dumps({"inputs": {}, "outputs": outputs}),
            "--function_to_execute": function,
        }
        command = ["-m", fork_server.MODULE, *(text for pair in options.items() for text in pair)]
        self.command = [sys.executable, "-I", "-S", str(fork_server.CLIENT), str(address), sys.executable, *command]

    def start(self, knows: str = "", **options: Any) -> subprocess.Popen[str]:
        """The started process, which leads a group of its own."""
        environment = {"_KFP_RUNTIME": "true", "MARK": "x", "TMPDIR": str(self.folder), "PYTHONPATH": knows}
        return subprocess.Popen(
            self.command,
            cwd=self.folder,
            env=environment,
            text=True,
            process_group=0,
            stdout=subprocess.PIPE,
            **options,
        )

    def start_until_ready(self) -> subprocess.Popen[str]:
        """The same, when the component has said that it is ready."""
        process = self.start()
        assert process.stdout
        assert "ready\n" in iter(process.stdout.readline, "")
        return process


def test_a_forked_task_has_its_own_surroundings(address: Path, tmp_path: Path) -> None:
    task = Task(tmp_path, address, "surroundings")
    process = task.start(stderr=subprocess.PIPE)
    out, err = process.communicate()
    assert process.returncode == 0, err
    assert "to stdout" in out
    assert "to stderr" in err
    told = json.loads(task.output.read_text())["parameterValues"]["Output"]
    assert told.pop("parent") != process.pid
    assert told == {
        "folder": str(tmp_path),
        "path": str(tmp_path),
        "temporary": str(tmp_path),
        "group": process.pid,
        "mark": "x",
        "unset": False,
        "arguments": ["--component_module_path", str(tmp_path / "component.py")],
        "loaded": ["google.genai"],
    }


def told_by(task: Task, **options: Any) -> Any:
    """What a task that succeeds returns."""
    process = task.start(stderr=subprocess.PIPE, **options)
    _, err = process.communicate()
    assert process.returncode == 0, err
    return json.loads(task.output.read_text())["parameterValues"]["Output"]


def test_what_tasks_import_is_there_already_whatever_becomes_of_other_imports(tmp_path: Path, modules: str) -> None:
    source = "import module_that_fails\nimport nowhere\ndef step():\n  from module_of_a_task import imported\n"
    with forking(source, modules) as address:
        told = told_by(Task(tmp_path, address, "surroundings"))
        # Statements are executed between the tasks, so the fourth task has certainly seen all three.
        for _ in range(3):
            told = told_by(Task(tmp_path, address, "surroundings"))
    assert told["loaded"] == ["google.genai", "module_of_a_task"]


def test_a_task_has_the_threads_that_its_imports_start(tmp_path: Path, modules: str) -> None:
    with forking("import module_with_a_thread", modules) as address:
        for _ in range(2):
            assert told_by(Task(tmp_path, address, "threads"), knows=modules) == ["MainThread", "x"]


def test_without_a_fork_server_the_task_starts_by_itself(tmp_path: Path) -> None:
    task = Task(tmp_path, tmp_path / "nobody", "surroundings")
    process = task.start()
    process.communicate()
    assert process.returncode == 0
    told = json.loads(task.output.read_text())["parameterValues"]["Output"]
    assert told["loaded"] == []
    assert told["group"] == process.pid


def test_a_failure_is_the_task_s_own(address: Path, tmp_path: Path) -> None:
    process = Task(tmp_path, address, "fails").start(stderr=subprocess.PIPE)
    _, err = process.communicate()
    assert process.returncode == 1
    assert "ValueError: on purpose" in err


def test_a_task_that_is_killed_looks_killed(address: Path, tmp_path: Path) -> None:
    process = Task(tmp_path, address, "dies").start()
    process.communicate()
    assert process.returncode == -signal.SIGKILL


def test_a_signal_to_the_group_reaches_the_task_and_its_status_comes_back(address: Path, tmp_path: Path) -> None:
    process = Task(tmp_path, address, "ends_slowly").start_until_ready()
    os.killpg(process.pid, signal.SIGTERM)
    process.communicate()
    assert process.returncode == 7


def test_tasks_run_side_by_side(address: Path, tmp_path: Path) -> None:
    folders = [tmp_path / name for name in ("one", "two")]
    for folder in folders:
        folder.mkdir()
    running = [Task(folder, address, "ends_slowly").start_until_ready() for folder in folders]
    for process in running:
        os.killpg(process.pid, signal.SIGTERM)
        process.communicate()
        assert process.returncode == 7


def test_clients_that_end_early_do_not_end_the_fork_server(address: Path, tmp_path: Path) -> None:
    assert gone_before_it_asks(address)
    with socket.socket(socket.AF_UNIX) as half_asked:
        half_asked.connect(str(address))
        socket.send_fds(half_asked, [(1000).to_bytes(4, "big")], [0, 1, 2])
        half_asked.sendall(b"{")
    process = Task(tmp_path, address, "ends_slowly").start_until_ready()
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()
    assert gone_before_it_asks(address)
