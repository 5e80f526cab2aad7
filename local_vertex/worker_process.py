"""Worker processes: what takes long runs in a process of its own and reports by lines of JSON.

The server stays responsive, the memory comes back, and a cancel is a kill.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path

from local_vertex.calls import Json

LOG = "worker.log"
_LONGEST_LINE = 1 << 24
_PACKAGE_PARENT = Path(__file__).absolute().parents[1]
_ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}


async def run_worker(module: str, job_file: Path, take: Callable[[Json], None]) -> int:
    """Run `python -m MODULE SERVER_PID JOB_FILE` to its end and return its exit status; cancelling this kills it.

    Args:
        module: A module that ends with its parent, see `process_lifetime`.
        job_file: What it reads; its standard error goes to `worker.log` beside it.
        take: Told every message that it writes.
    """
    path = [str(_PACKAGE_PARENT), *filter(None, [os.environ.get("PYTHONPATH")])]
    with job_file.with_name(LOG).open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-P", "-m", module, str(os.getpid()), str(job_file)),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=log,
            # One thread: the work is the same on every machine and leaves the other cores alone.
            env={**os.environ, **_ONE_THREAD, "PYTHONPATH": os.pathsep.join(path)},
            limit=_LONGEST_LINE,
        )
    assert process.stdout is not None
    try:
        async for line in process.stdout:
            take(json.loads(line))
            # Messages may come faster than they are written down; other requests have their turn between them.
            await asyncio.sleep(0)
        return await process.wait()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


def report(event: str, content: Json) -> None:
    """Write a message, in a worker."""
    print(json.dumps({"event": event, **content}), flush=True)
