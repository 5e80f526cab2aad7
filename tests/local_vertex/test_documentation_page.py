"""The blocks of docs/local_vertex.md run as they stand, and print what the page says."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

from local_vertex import server as servers

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "local_vertex.md"
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
PRINTS = re.compile(r"^ *print\(.*\)  # (.*)$", re.MULTILINE)
SHELL = "import subprocess; subprocess.run(['bash', '-euc', {!r}], check=True, stdout=subprocess.DEVNULL)\n"


def test_every_block_runs_and_prints_what_it_says(tmp_path: Path) -> None:
    blocks = BLOCK.findall(PAGE.read_text(encoding="utf-8"))
    assert {kind for kind, _ in blocks} == {"sh", "python"}
    script = tmp_path / "page.py"
    script.write_text("".join(text if kind == "python" else SHELL.format(text) for kind, text in blocks))
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    expected = [one for kind, text in blocks if kind == "python" for one in PRINTS.findall(text)]
    try:
        done = subprocess.run(
            [sys.executable, str(script)], cwd=tmp_path, env=_environment(tmp_path), capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr
        assert done.stdout.splitlines() == expected
        assert not list((tmp_path / ".retune").iterdir())
    finally:
        left = servers.running(tmp_path / ".retune")
        if left:
            left.stop()


def _environment(folder: Path) -> dict[str, str]:
    """That of a person without a cloud account, with `retune` among the commands."""
    command = folder / "bin" / "retune"
    command.parent.mkdir()
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m pipelines.cli "$@"\n')
    command.chmod(0o700)
    dropped = ("GOOGLE_", "STORAGE_EMULATOR", "VERTEX_", "CLOUDSDK_")
    kept = {key: value for key, value in os.environ.items() if not key.startswith(dropped)}
    return {**kept, "PYTHONPATH": str(ROOT), "PATH": f"{command.parent}{os.pathsep}{os.environ['PATH']}"}
