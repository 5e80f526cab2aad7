"""A step of a model line of its own, on local Vertex."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from components.step import Step
from local_vertex.server import RunningServer
from tests.components.new_step import new_step
from tests.components.stand_ins import Faults


@pytest.fixture
def faults(server: RunningServer) -> Iterator[Faults]:
    made = Faults(server.base_url)
    yield made
    made.clear()


@pytest.fixture
def step(vertex_env: RunningServer, request: pytest.FixtureRequest) -> Step:
    """A step in a project and bucket that no other test uses."""
    return new_step(f"t{abs(hash(request.node.nodeid)) % 10**12}")
