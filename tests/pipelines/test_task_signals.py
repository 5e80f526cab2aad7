"""A task is told when its run is cancelled: SIGTERM for the first process reaches the component's Python."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from pipelines.compiler import compile_tuning

STAND_IN = f"""#!{sys.executable}
import os, signal, sys
def told(number, frame):
    os.write(1, b"told\\n")
    os._exit(0)
signal.signal(signal.SIGTERM, told)
os.write(1, f"started {{sys.argv[1]}} {{sys.argv[2]}}\\n".encode())
while True:
    signal.pause()
"""


@pytest.mark.skipif(sys.platform != "linux", reason="the image's init is for Linux")
@pytest.mark.parametrize("init", ["", "dumb-init --"])
def test_a_cancelled_task_is_told(tmp_path: Path, init: str) -> None:
    python = tmp_path / "python3"
    python.write_text(STAND_IN, encoding="utf-8")
    python.chmod(0o755)
    container = compile_tuning()["deploymentSpec"]["executors"]["exec-tune"]["container"]
    path = os.pathsep.join([str(tmp_path), str(Path(sys.executable).parent), "/usr/bin", "/bin"])
    task = subprocess.Popen(
        [*container["command"], *container["args"]],
        env={"PATH": path, "TMPDIR": str(tmp_path), **({"RETUNE_INIT": init} if init else {})},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert task.stdout
    assert task.stdout.readline() == "started -m kfp.dsl.executor_main\n"
    task.terminate()
    assert task.stdout.readline() == "told\n"
    assert task.wait(30) in (0, 128 + 15)
