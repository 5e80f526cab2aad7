"""Has a task's Python forked by the run's fork server, and ends as the task ends: the `python3` of a task.

    python -I -S fork_client.py SOCKET PYTHON ARGUMENTS...

A script that starts in 20 ms, because it imports nothing that it need not. Where no fork server answers (yet), it
becomes `PYTHON ARGUMENTS...`.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import sys

STATUS_BYTES = 4
LENGTH_BYTES = 4


def request(arguments: list[str]) -> bytes:
    """What the fork server has to know of this process."""
    task = {
        "arguments": arguments,
        "environment": dict(os.environ),
        "folder": os.getcwd(),  # noqa: PTH109 - pathlib is half of the start
        "group": os.getpgrp(),
    }
    return json.dumps(task).encode("utf-8", "surrogateescape")


def ask(connection: socket.socket, body: bytes) -> int | None:
    """The task's exit status, negative for a signal; None when the fork server is gone."""
    # A signal is for the whole process group. The task may take its time to end, and its status is wanted.
    _take_signals(signal.SIG_IGN)
    try:
        socket.send_fds(connection, [len(body).to_bytes(LENGTH_BYTES, "big")], [0, 1, 2])
        connection.sendall(body)
        reply = connection.recv(STATUS_BYTES, socket.MSG_WAITALL)
    except (BrokenPipeError, ConnectionResetError):
        return None
    return int.from_bytes(reply, "big", signed=True) if len(reply) == STATUS_BYTES else None


def _take_signals(how: signal.Handlers) -> None:
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, how)


def main(arguments: list[str]) -> int:
    """Run the task and return its exit status."""
    address, python, *command = arguments
    connection = socket.socket(socket.AF_UNIX)
    try:
        connection.connect(address)
    except OSError:
        os.execv(python, [python, *command])  # noqa: S606 - the command of the submitted pipeline
    status = ask(connection, request(command))
    if status is None:
        sys.stderr.write("the fork server of the pipeline run is gone\n")
        return 1
    if status < 0:
        _take_signals(signal.SIG_DFL)
        os.kill(os.getpid(), -status)
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
