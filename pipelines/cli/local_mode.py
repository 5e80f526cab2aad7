"""Local mode: the clients of this process talk to local Vertex instead of Google Cloud."""

from __future__ import annotations

import os
import shlex
import time
from pathlib import Path

from components.errors import ExitCode, RetuneError
from components.gcp import clients
from local_vertex.server import LocalVertexError, RunningServer, running, start

STATE_DIRECTORY = Path(".retune")
IDLE_SHUTDOWN_S = 3600
"""A server that was started on the side ends after an hour without a request."""

OTHER_POLLS, OTHER_POLL_S = 50, 0.1
"""How long to wait for a server that another command is starting on the same directory."""

CONFIGURATION_CODES = frozenset({"LV-PORT-IN-USE", "LV-STATE-NEWER", "LV-STATE-IN-USE", "LV-FAULTS-INVALID"})


def use_local_vertex(state_directory: Path, port: int = 0) -> RunningServer:
    """A running local Vertex on that state directory, started when none runs; this process now talks to it.

    Raises:
        RetuneError: `LV-…`, the server cannot be started.
    """
    server = start_server(state_directory, port)
    os.environ.update(server.environment())
    clients.credentials.cache_clear()
    return server


def start_server(
    state_directory: Path, port: int = 0, idle_shutdown_s: int | None = IDLE_SHUTDOWN_S, faults: Path | None = None
) -> RunningServer:
    """A running local Vertex, found or started; only one that is started reads the fault plan.

    Raises:
        RetuneError: `LV-…`.
    """
    try:
        found = running(state_directory)
        return found or start(state_directory, port=port, idle_shutdown_s=idle_shutdown_s, faults=faults)
    except LocalVertexError as error:
        other = _wait_for_other(state_directory) if error.code == "LV-STATE-IN-USE" else None
        if other:
            return other
        kind = ExitCode.CONFIGURATION if error.code in CONFIGURATION_CODES else ExitCode.SERVICE_FAILURE
        raise RetuneError(error.code, error.message, error.next_step, str(state_directory), kind) from error


def _wait_for_other(state_directory: Path) -> RunningServer | None:
    """The server that another command is starting on the same directory, as soon as it answers."""
    for _ in range(OTHER_POLLS):
        other = running(state_directory)
        if other:
            return other
        time.sleep(OTHER_POLL_S)
    return None


def option(state_directory: Path) -> str:
    """What a person adds to `retune local …` to mean this state directory."""
    return "" if state_directory == STATE_DIRECTORY else f" --state-dir {shlex.quote(str(state_directory))}"
