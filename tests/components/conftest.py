"""A step of a model line of its own, on local Vertex."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from components.step import Step, open_step
from local_vertex.server import RunningServer
from tests.components.stand_ins import Faults


@pytest.fixture
def faults(server: RunningServer) -> Iterator[Faults]:
    made = Faults(server.base_url)
    yield made
    made.clear()


@pytest.fixture
def step(vertex_env: RunningServer, request: pytest.FixtureRequest) -> Step:
    """A step in a project and bucket that no other test uses."""
    name = f"t{abs(hash(request.node.nodeid)) % 10**12}"
    config = {
        "name": "line",
        "cloud": {"project": f"project-{name}", "location": "us-central1", "bucket": f"bucket-{name}"},
        "tuning": {"candidates": [{"base_model": "gemini-2.5-flash", "epochs": 1}], "budget_usd": 10},
        "serving": {},
        "notification": {},
        "base_models": {},
    }
    opened = open_step(json.dumps(config), "run-1")
    opened.storage.ensure_bucket(opened.cloud.bucket, opened.cloud.location)
    return opened
