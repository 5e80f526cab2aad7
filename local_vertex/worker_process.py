"""Worker processes: what takes long runs in a process of its own and reports by lines of JSON.

The server stays responsive, the memory comes back, and a cancel is a kill. The processes are forked from one that has
imported what they need (`preloaded_workers`), because that takes half a second.
"""

from __future__ import annotations

import asyncio
import importlib
import json
import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerProcess
from pathlib import Path

from local_vertex.calls import Json

LOG = "worker.log"
_LONGEST_LINE = 1 << 24
_FORKS = multiprocessing.get_context("forkserver")
_FORKS.set_forkserver_preload(["local_vertex.preloaded_workers"])
# Two threads that ask for the same process's status would take it from each other.
_THREAD = ThreadPoolExecutor(1, "worker-processes")


async def run_worker(module: str, job_file: Path, take: Callable[[Json], None]) -> int:
    """Run `MODULE.main(JOB_FILE)` in a process to its end and return its exit status; cancelling this kills it.

    The process ends with this one, whatever ends it.

    Args:
        module: What to run.
        job_file: What it reads; its standard error goes to `worker.log` beside it.
        take: Told every message that it writes.
    """
    loop = asyncio.get_running_loop()
    received, sent = _FORKS.Pipe(duplex=False)
    process = _FORKS.Process(target=_work, args=(module, str(job_file), sent), daemon=True)
    try:
        async with _lines(received) as messages:
            await loop.run_in_executor(_THREAD, _start, process, sent)
            async for line in messages:
                take(json.loads(line))
                # Messages may come faster than they are written down; other requests have their turn between them.
                await asyncio.sleep(0)
        await loop.run_in_executor(_THREAD, process.join)
    finally:
        status = await loop.run_in_executor(_THREAD, _end, process)
        sent.close()
    return status


@asynccontextmanager
async def _lines(received: Connection) -> AsyncIterator[asyncio.StreamReader]:
    """The lines that arrive at a pipe, which is closed at the end."""
    reader = asyncio.StreamReader(_LONGEST_LINE)
    pipe = os.fdopen(os.dup(received.fileno()), "rb", buffering=0)
    received.close()
    transport, _ = await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), pipe
    )
    try:
        yield reader
    finally:
        transport.close()


def _start(process: ForkServerProcess, sent: Connection) -> None:
    # Closed where it is handed over: a cancel meanwhile would close a pipe that is still to be sent.
    with sent:
        process.start()


def _end(process: ForkServerProcess) -> int:
    """The exit status of a process, which is killed when it still runs; of one that was not started, a kill's."""
    status = -signal.SIGKILL
    if process.pid is not None:
        process.kill()
        process.join()
        assert process.exitcode is not None
        status = process.exitcode
    process.close()
    return int(status)


def _work(module: str, job_file: str, sent: Connection) -> None:
    threading.Thread(target=_end_with_the_server, daemon=True).start()
    with Path(job_file).with_name(LOG).open("wb") as log:
        os.dup2(log.fileno(), sys.stderr.fileno())
    os.dup2(sent.fileno(), sys.stdout.fileno())
    sent.close()
    sys.exit(importlib.import_module(module).main(job_file))


def _end_with_the_server() -> None:
    # Not the process that forked this one: it stays as long as this one, which could ask it for forks of its own.
    server = multiprocessing.parent_process()
    assert server is not None
    server.join()
    os.kill(os.getpid(), signal.SIGKILL)


def report(event: str, content: Json) -> None:
    """Write a message, in a worker."""
    print(json.dumps({"event": event, **content}), flush=True)
