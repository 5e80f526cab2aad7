"""Model lines for the end-to-end tests, and Google's clients pointed at their local Vertex."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from components.gcp import clients
from local_vertex.server import running
from pipelines.config import Config, load_config
from tests.end_to_end.model_line import ROOT, Connect, ModelLine

EXAMPLE = ROOT / "examples" / "support_triage"


def example_line(folder: Path) -> ModelLine:
    config = yaml.safe_load((EXAMPLE / "retune.yaml").read_text(encoding="utf-8"))
    return ModelLine.of(folder, config, EXAMPLE)


@pytest.fixture(scope="session")
def triage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ModelLine]:
    """The bundled example; its local Vertex lives as long as the session."""
    line = example_line(tmp_path_factory.mktemp("triage"))
    yield line
    line.stop()


@pytest.fixture
def fresh_triage(tmp_path: Path) -> Iterator[ModelLine]:
    """The bundled example with a local Vertex of its own."""
    line = example_line(tmp_path / "line")
    yield line
    line.stop()


@pytest.fixture
def connect(monkeypatch: pytest.MonkeyPatch) -> Iterator[Connect]:
    """Points this process's clients at a line's local Vertex and gives the line's configuration."""

    def to(line: ModelLine) -> Config:
        server = running(line.state)
        assert server, "local Vertex does not run"
        for key, value in server.environment().items():
            monkeypatch.setenv(key, value)
        clients.credentials.cache_clear()
        return load_config(line.folder / "retune.yaml")

    yield to
    clients.credentials.cache_clear()
