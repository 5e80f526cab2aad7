"""The command `retune`, started fast: a process that has everything imported forks for each call.

A build step starts `retune` several times, and each start imports for two seconds. The forked process is what a started
one is: it has the caller's arguments, folder, environment and files, and ends with the same status.
"""

from __future__ import annotations

import importlib
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pipelines.cli.main import main

ROOT = Path(__file__).parents[2]

WANTED = (
    "components.gcp.schedules",
    "components.gcp.storage",
    "components.gcp.template_registry",
    "google.cloud.aiplatform_v1",
    "google.cloud.storage",
    "google.genai",
    "kfp.compiler",
    "kfp.registry",
    "pipelines.cli.compile",
    "pipelines.cli.submit",
    "pipelines.cli.template",
    "pipelines.dataset_change",
    "pipelines.monitoring",
    "pipelines.promotion",
    "pipelines.tuning",
)
CLIENT = """#!{python} -IS
import json, os, socket, sys
with socket.socket(socket.AF_UNIX) as server:
    server.connect({address!r})
    call = json.dumps([sys.argv[1:], os.getcwd(), dict(os.environ)]).encode()
    socket.send_fds(server, [len(call).to_bytes(8, "big")], [0, 1, 2])
    server.sendall(call)
    sys.exit(int.from_bytes(server.recv(1), "big"))
"""


@contextmanager
def warm_retune() -> Iterator[str]:
    """The text of a script that calls `retune` in a fork of a process that runs meanwhile."""
    folder = tempfile.mkdtemp(prefix="warm-")  # a socket's address has room for some hundred letters only
    address = str(Path(folder, "retune"))
    environment = {key: value for key, value in os.environ.items() if key in ("PATH", "HOME", "LANG")}
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.cloudbuild.warm", address], cwd=ROOT, env=environment, stdout=subprocess.PIPE
    )
    assert process.stdout
    try:
        assert process.stdout.readline() == b"ready\n"
        yield CLIENT.format(python=sys.executable, address=address)
    finally:
        process.kill()
        process.wait()
        process.stdout.close()
        shutil.rmtree(folder)


def _serve(address: str) -> None:
    # What the commands of the build files import when they are called.
    for name in WANTED:
        importlib.import_module(name)
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(address)
        listening.listen()
        print("ready", flush=True)
        while True:
            caller, _ = listening.accept()
            with caller:
                head, files, _, _ = socket.recv_fds(caller, 8, 3)
                size, call = int.from_bytes(head, "big"), b""
                while len(call) < size:
                    call += caller.recv(size - len(call))
                child = os.fork()
                if child == 0:
                    _become(*json.loads(call), files)
                for file in files:
                    os.close(file)
                caller.sendall(bytes([os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) & 0xFF]))


def _become(arguments: list[str], folder: str, environment: dict[str, str], files: list[int]) -> None:
    for number, file in enumerate(files):
        os.dup2(file, number)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    sys.argv = ["retune", *arguments]
    status: object = 0
    try:
        main()
    except SystemExit as ended:
        status = ended.code
    sys.stdout.flush()
    sys.stderr.flush()
    # Taking all the modules apart again would take as long as importing them did.
    os._exit(status if isinstance(status, int) else int(status is not None))


if __name__ == "__main__":
    _serve(sys.argv[1])
