"""A server that is killed, and another one on the same state."""

from __future__ import annotations

import os
import signal

import psutil

from local_vertex.server import RunningServer


def kill(server: RunningServer, workers: int) -> None:
    """Kill the server with SIGKILL, and return when everything that it had started is gone with it.

    Args:
        server: The server.
        workers: So many processes it must have started.
    """
    process = psutil.Process(server.pid)
    children = process.children(recursive=True)
    # Workers are children of the process that forks them.
    assert len(set(children) - set(process.children())) == workers
    os.kill(server.pid, signal.SIGKILL)
    assert psutil.wait_procs(children, timeout=10)[1] == []
    server.stop()
