"""Versions tuned once per session, and a model line of its own for every test."""

from __future__ import annotations

import hashlib
import os

import pytest

from components.gcp import clients
from components.supervised_tuning.tuned_model import TunedModel
from local_vertex.server import RunningServer
from tests.components.releases.lines import Line, open_line, tune_versions


@pytest.fixture(scope="session")
def versions(server: RunningServer) -> dict[str, TunedModel]:
    """Four tuned versions by letter; `m` answers only at its own multi-region endpoint."""
    before = dict(os.environ)
    os.environ.update(server.environment())
    clients.credentials.cache_clear()
    try:
        return tune_versions()
    finally:
        os.environ.clear()
        os.environ.update(before)
        clients.credentials.cache_clear()


@pytest.fixture
def line(vertex_env: RunningServer, versions: dict[str, TunedModel], request: pytest.FixtureRequest) -> Line:
    """A model line with a ledger and a stable endpoint of its own."""
    name = f"line-{hashlib.sha256(request.node.nodeid.encode()).hexdigest()[:12]}"
    return Line(open_line(name), versions)
