"""A workspace with this repository's files, whose commands talk to local Vertex."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from local_vertex.server import RunningServer
from tests.cloudbuild.builds import ROOT, Builder

Command = Callable[[str, str], None]


@pytest.fixture
def builder(vertex_env: RunningServer, tmp_path: Path) -> Builder:
    """Steps run in a workspace of the test's own; `retune` and `python` are those of the environment under test."""
    workspace = tmp_path / "workspace"
    workspace.mkdir()
    (workspace / "cloudbuild").symlink_to(ROOT / "cloudbuild")
    commands = tmp_path / "commands"
    commands.mkdir()
    environment = {**vertex_env.environment(), "PYTHONPATH": str(ROOT)}
    return Builder(workspace, [commands, Path(sys.executable).parent], environment)


@pytest.fixture
def command(builder: Builder) -> Command:
    """Puts a shell script in the place of a command that needs a daemon, a registry or a project."""

    def put(name: str, script: str) -> None:
        file = builder.path[0] / name
        file.write_text(f"#!/bin/sh\nset -eu\n{script}", encoding="utf-8")
        file.chmod(0o755)

    return put
