"""The server process: binds, announces itself, serves until a signal or idleness ends it."""

from __future__ import annotations

import asyncio
import json
import logging
import logging.handlers
import os
import shutil
import signal
import socket
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import uvicorn
from starlette.applications import Starlette

from local_vertex.app import create_app
from local_vertex.context import Context
from local_vertex.fault_plans import read_fault_plan
from local_vertex.faults import Fault, Faults
from local_vertex.http_api.connections import TrackedConnection
from local_vertex.http_api.http_shell import Activity
from local_vertex.listener import host_check, listener
from local_vertex.server import LOG, RECORD, LocalVertexError
from local_vertex.settings import Settings
from local_vertex.state import DirectoryLock, State, StateInUseError, StateVersionError
from local_vertex.state_directory import EPHEMERAL_PREFIX
from local_vertex.storage.object_store import ObjectStore
from local_vertex.version import VERSION

_LOG_BYTES = 10_000_000
_KEEP_ALIVE_S = 600
_UNFINISHED = (
    "SELECT 1 FROM resources WHERE kind IN ('tuningJobs', 'batchPredictionJobs', 'pipelineJobs', 'schedules')"
    " AND json_extract(body, '$.state') IN ('ACTIVE',"
    " 'JOB_STATE_QUEUED', 'JOB_STATE_PENDING', 'JOB_STATE_RUNNING', 'JOB_STATE_CANCELLING',"
    " 'PIPELINE_STATE_PENDING', 'PIPELINE_STATE_RUNNING', 'PIPELINE_STATE_CANCELLING') LIMIT 1"
)


@dataclass(frozen=True, slots=True)
class Options:
    """How to serve.

    Attributes:
        state_dir: State directory.
        port: Port; 0 lets the system choose.
        host: Address to bind to.
        allow_non_loopback: The second time that the user says so.
        ephemeral: Forget the state when the server ends.
        idle_shutdown_s: End after so many seconds without requests, unfinished jobs and active schedules.
        faults: File with a fault plan.
        announce: Told the record of the server once it listens.
        settings: What is chosen where the service is not documented.
    """

    state_dir: Path
    port: int
    host: str
    allow_non_loopback: bool
    ephemeral: bool
    idle_shutdown_s: int | None
    faults: Path | None
    announce: Callable[[dict[str, str | int]], None]
    settings: Settings


def serve(options: Options) -> None:
    """Serve until a signal or idleness ends it.

    Raises:
        LocalVertexError: It could not start.
    """
    directory = options.state_dir.resolve()
    directory.mkdir(parents=True, exist_ok=True)
    faults = _faults(options.faults)
    listening = listener(options.host, options.port, allow_non_loopback=options.allow_non_loopback)
    try:
        lock, content = _content_directory(directory, options.ephemeral)
        state = State(content)
    except StateInUseError as error:
        raise LocalVertexError("LV-STATE-IN-USE", str(error), "use it, stop it, or choose another directory") from None
    except StateVersionError as error:
        raise LocalVertexError("LV-STATE-NEWER", str(error), "upgrade, or choose another directory") from None
    _log_to(directory / LOG)
    address, port = listening.getsockname()[:2]
    base_url = f"http://{f'[{address}]' if ':' in address else address}:{port}"
    record: dict[str, str | int] = {"pid": os.getpid(), "port": port, "base_url": base_url, "version": VERSION}

    def announce() -> None:
        _write_record(directory / RECORD, {**record, "state_directory": str(directory)})
        options.announce(record)

    objects = ObjectStore(content / "objects", state)
    context = Context(content, state, objects, base_url, faults=Faults(faults), settings=options.settings)
    app = create_app(context, host_allowed=host_check(port, anyone=options.allow_non_loopback))
    try:
        asyncio.run(_run(_server(app, announce), listening, app.state.activity, options.idle_shutdown_s, state))
    finally:
        (directory / RECORD).unlink(missing_ok=True)
        state.close()
        if lock is not None:
            shutil.rmtree(content, ignore_errors=True)
            lock.release()


def _faults(file: Path | None) -> list[Fault]:
    try:
        return read_fault_plan(file) if file else []
    except (OSError, ValueError) as error:
        raise LocalVertexError(
            "LV-FAULTS-INVALID",
            f"{file} is no fault plan: {error}",
            'write {"seed": 7, "faults": [{"action": "status", "status": 503, "rate": 0.1}]}, for example',
        ) from None


class _Server(uvicorn.Server):
    """Uvicorn that says when it listens."""

    def __init__(self, config: uvicorn.Config, announce: Callable[[], None]) -> None:
        super().__init__(config)
        self._announce = announce

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, then announce."""
        await super().startup(sockets)
        if self.started:
            self._announce()


def _server(app: Starlette, announce: Callable[[], None]) -> _Server:
    config = uvicorn.Config(
        app,
        http=TrackedConnection,
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        # A client that keeps a connection open must not meet one that the server closes at the same moment.
        timeout_keep_alive=_KEEP_ALIVE_S,
        timeout_graceful_shutdown=1,
        backlog=1024,
    )
    return _Server(config, announce)


async def _run(
    server: _Server, listening: socket.socket, activity: Activity, idle_shutdown_s: int | None, state: State
) -> None:
    # Uvicorn raises the signal again once it has shut down; without a handler that would skip the cleaning up.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: None)
    watch = asyncio.create_task(_end_when_idle(server, activity, idle_shutdown_s, state)) if idle_shutdown_s else None
    await server.serve(sockets=[listening])
    if watch is not None:
        watch.cancel()


async def _end_when_idle(server: _Server, activity: Activity, idle_shutdown_s: int, state: State) -> None:
    while True:
        left = activity.last + idle_shutdown_s - time.monotonic()
        if left <= 0 and not activity.in_flight and not state.execute(_UNFINISHED):
            server.should_exit = True
            return
        await asyncio.sleep(max(1.0, left))


def _content_directory(directory: Path, ephemeral: bool) -> tuple[DirectoryLock | None, Path]:
    """Where the state goes; an ephemeral one into a folder of its own, after those of killed servers are removed."""
    if not ephemeral:
        return None, directory
    lock = DirectoryLock(directory)
    for left in directory.glob(f"{EPHEMERAL_PREFIX}*"):
        shutil.rmtree(left, ignore_errors=True)
    return lock, Path(tempfile.mkdtemp(prefix=EPHEMERAL_PREFIX, dir=directory))


class _LogFile(logging.handlers.RotatingFileHandler):
    """Looks at the file's size at every hundredth line only, because looking costs as much as writing."""

    _lines = 0

    def shouldRollover(self, record: logging.LogRecord) -> bool:
        """Whether the next line goes to a new file."""
        self._lines += 1
        return self._lines % 100 == 0 and bool(super().shouldRollover(record))


def _log_to(file: Path) -> None:
    # What no line shows costs half of a line (docs.python.org/3/howto/logging.html#optimization).
    logging._srcfile = None
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
    handler = _LogFile(file, maxBytes=_LOG_BYTES, backupCount=1, encoding="utf-8")
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s %(message)s"))
    logging.basicConfig(handlers=[handler], level=logging.INFO)


def _write_record(file: Path, record: dict[str, str | int]) -> None:
    incoming = file.with_name(f"{file.name}.{os.getpid()}")
    incoming.write_text(json.dumps(record), encoding="utf-8")
    incoming.replace(file)
