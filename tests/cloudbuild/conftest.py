"""A workspace with this repository's files, whose commands talk to local Vertex."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from local_vertex.server import RunningServer
from tests.cloudbuild.builds import ROOT, Builder
from tests.cloudbuild.warm import warm_retune

Command = Callable[[str, str], None]


@pytest.fixture(scope="session")
def retune() -> Iterator[str]:
    """The command of the environment under test, as a script."""
    with warm_retune() as script:
        yield script


@pytest.fixture
def builder(vertex_env: RunningServer, tmp_path: Path, retune: str) -> Builder:
    """Steps run in a workspace of the test's own; `retune` and `python` are those of the environment under test."""
    workspace = tmp_path / "workspace"
    workspace.mkdir()
    (workspace / "cloudbuild").symlink_to(ROOT / "cloudbuild")
    commands = tmp_path / "commands"
    commands.mkdir()
    put_command(commands, "retune", retune)
    environment = {**vertex_env.environment(), "PYTHONPATH": str(ROOT)}
    return Builder(workspace, [commands, Path(sys.executable).parent], environment)


@pytest.fixture
def command(builder: Builder) -> Command:
    """Puts a shell script in the place of a command that needs a daemon, a registry or a project."""

    def put(name: str, script: str) -> None:
        put_command(builder.path[0], name, f"#!/bin/sh\nset -eu\n{script}")

    return put


def put_command(folder: Path, name: str, script: str) -> None:
    """Write an executable script."""
    file = folder / name
    file.write_text(script, encoding="utf-8")
    file.chmod(0o755)
