"""Starting, finding and stopping a server, for the command line, the tests and the server's own child processes."""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from local_vertex.http_api.auth import key_file
from local_vertex.settings import Settings

RECORD = "server.json"
LOG = "server.log"
_READY_TIMEOUT_S = 60.0
_STOP_TIMEOUT_S = 10.0
_HEALTH_TIMEOUT_S = 5.0
_LOOPBACK = "127.0.0.1,localhost"

# A company's proxy does not know this machine's loopback.
_DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))
# Children of this process have to be collected when they end.
_started: dict[int, subprocess.Popen[bytes]] = {}


@dataclass(eq=False)
class LocalVertexError(Exception):
    """The server could not be started.

    Attributes:
        code: `LV-PORT-IN-USE`, `LV-STATE-NEWER`, `LV-STATE-IN-USE`, `LV-FAULTS-INVALID` or `LV-START-FAILED`.
        message: One sentence that says what is wrong.
        next_step: One sentence that says what to do about it.
    """

    code: str
    message: str
    next_step: str

    def __str__(self) -> str:
        return f"{self.code}: {self.message}"


@dataclass(frozen=True, slots=True)
class RunningServer:
    """A server that answers.

    Attributes:
        base_url: `http://127.0.0.1:PORT`.
        pid: Its process.
        state_directory: Its state directory.
    """

    base_url: str
    pid: int
    state_directory: Path

    def environment(self) -> dict[str, str]:
        """The environment variables that point Google's clients at this server."""
        return environment(self.base_url, self.state_directory)

    @property
    def console(self) -> str:
        """Address of the console, for a browser on this machine."""
        return f"{self.base_url}/"

    @property
    def port(self) -> int:
        """Port that it listens on."""
        return int(self.base_url.rpartition(":")[2])

    def status(self) -> dict[str, Any]:
        """What it has and what goes on.

        Returns:
            `version`, `schema_version`, `counts` by kind, `unfinished` jobs with `kind`, `name` and `state`,
            `active_schedules`, `faults` in force, and whether `clock_stands`.

        Raises:
            OSError: It does not answer, or is of a version that does not know the question.
        """
        with _DIRECT.open(f"{self.base_url}/_status", timeout=_HEALTH_TIMEOUT_S) as reply:
            said: dict[str, Any] = json.loads(reply.read())
            return said

    def stop(self) -> None:
        """End the server and wait until it is gone, by force if it does not end by itself."""
        _end(self.pid, signal.SIGTERM)
        if not _gone(self.pid, _STOP_TIMEOUT_S):
            _end(self.pid, signal.SIGKILL)
            _gone(self.pid, _STOP_TIMEOUT_S)
        (self.state_directory / RECORD).unlink(missing_ok=True)


def environment(base_url: str, state_dir: Path) -> dict[str, str]:
    """The environment variables that point Google's clients at a server, for a child process.

    Writes the key file that `GOOGLE_APPLICATION_CREDENTIALS` names, unless it fits already.

    Args:
        base_url: `http://127.0.0.1:PORT`.
        state_dir: Where the key file goes.
    """
    direct = ",".join(filter(None, (os.environ.get("NO_PROXY") or os.environ.get("no_proxy"), _LOOPBACK)))
    return {
        "GOOGLE_APPLICATION_CREDENTIALS": str(key_file(state_dir.resolve())),
        "GOOGLE_VERTEX_BASE_URL": base_url,
        "STORAGE_EMULATOR_HOST": base_url,
        "VERTEX_API_ENDPOINT": base_url,
        "BIGQUERY_EMULATOR_HOST": base_url,
        # A company's proxy does not know this machine's loopback.
        "NO_PROXY": direct,
        "no_proxy": direct,
    }


def start(
    state_dir: Path,
    *,
    port: int = 0,
    idle_shutdown_s: int | None = None,
    ephemeral: bool = False,
    faults: Path | None = None,
    settings: Settings | None = None,
) -> RunningServer:
    """Start a server in a process of its own and return when it answers.

    Args:
        state_dir: State directory, created when missing.
        port: Port on 127.0.0.1; 0 lets the system choose.
        idle_shutdown_s: End the server after so many seconds without requests and unfinished jobs.
        ephemeral: Forget the state when the server ends.
        faults: JSON file with a plan of failures on demand.
        settings: What is chosen where the service is not documented; the defaults when omitted.

    Raises:
        LocalVertexError: It did not start.
    """
    directory = state_dir.resolve()
    directory.mkdir(parents=True, exist_ok=True)
    reader, writer = os.pipe()
    command = [sys.executable, "-P", "-m", "local_vertex", "--state-dir", str(directory), "--port", str(port)]
    command += ["--ready-fd", str(writer)]
    command += [] if idle_shutdown_s is None else ["--idle-shutdown", str(idle_shutdown_s)]
    command += ["--ephemeral"] if ephemeral else []
    command += [] if faults is None else ["--faults", str(faults.absolute())]
    for name, value in settings.to_record().items() if settings else ():
        command += [f"--{name.replace('_', '-')}", str(value)]
    root = str(Path(__file__).absolute().parent.parent)
    inherited = os.environ.get("PYTHONPATH")
    paths = os.pathsep.join([root, inherited] if inherited else [root])
    with (directory / LOG).open("ab") as log:
        process = subprocess.Popen(  # noqa: S603 - this interpreter with arguments made here
            command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            pass_fds=[writer],
            start_new_session=True,
            env={**os.environ, "PYTHONPATH": paths},
        )
    _started[process.pid] = process
    os.close(writer)
    with os.fdopen(reader, "rb") as news:
        text = _first_line(news.fileno())
    if not text:
        process.kill()
        raise LocalVertexError("LV-START-FAILED", "local Vertex did not start", f"read {directory / LOG}")
    said = json.loads(text)
    if "code" in said:
        process.wait(_STOP_TIMEOUT_S)
        raise LocalVertexError(said["code"], said["message"], said["next_step"])
    return RunningServer(said["base_url"], process.pid, directory)


def running(state_dir: Path) -> RunningServer | None:
    """The server that uses the state directory, or None; clears the record of one that is gone."""
    directory = state_dir.resolve()
    record = directory / RECORD
    try:
        said = json.loads(record.read_text(encoding="utf-8"))
        base_url, pid, owner = str(said["base_url"]), int(said["pid"]), str(said["state_directory"])
    except FileNotFoundError:
        return None
    except (ValueError, KeyError, TypeError):  # damaged, or of another version
        base_url, pid, owner = "", 0, ""
    # A copy of a state directory holds a record too, but of the server of the original.
    if owner == str(directory) and _healthy_pid(base_url) == pid:
        return RunningServer(base_url, pid, directory)
    record.unlink(missing_ok=True)
    return None


def _healthy_pid(base_url: str) -> int | None:
    try:
        with _DIRECT.open(f"{base_url}/healthz", timeout=_HEALTH_TIMEOUT_S) as reply:
            pid = json.loads(reply.read()).get("pid")
            return int(pid) if pid else None
    except (OSError, ValueError, AttributeError):
        return None


def _first_line(descriptor: int) -> bytes:
    """What the server says once; empty when it ends, or takes too long, without saying it."""
    text, deadline = b"", time.monotonic() + _READY_TIMEOUT_S
    while not text.endswith(b"\n"):
        ready, _, _ = select.select([descriptor], [], [], max(0.0, deadline - time.monotonic()))
        block = os.read(descriptor, 4096) if ready else b""
        if not block:
            return b""
        text += block
    return text


def _end(pid: int, number: signal.Signals) -> None:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return


def _gone(pid: int, timeout_s: float) -> bool:
    """Whether the process ended within the time."""
    child = _started.get(pid)
    deadline = time.monotonic() + timeout_s
    while time.monotonic() < deadline:
        # A child that ended stays visible until it is polled.
        if child is not None and child.poll() is not None:
            return True
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.02)
    return False
