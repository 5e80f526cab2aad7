"""Versions tuned once per session, and a model line of its own for every test."""

from __future__ import annotations

import hashlib
import json
import os

import pytest

from components.gcp import clients
from components.gcp.ledger import Champion
from components.supervised_tuning.tuned_model import TunedModel
from local_vertex.server import RunningServer
from tests.components.releases.lines import SECRET, Line, let_serve, open_line, tune_versions


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


@pytest.fixture
def logged(line: Line) -> str:
    """Rows of a log table: what people asked, and what was answered."""
    rows = [
        {
            "full_request": {
                "contents": [{"role": "user", "parts": [{"text": f"question {number} about {label} from {SECRET}"}]}],
                "generationConfig": {"temperature": 0.0, "maxOutputTokens": 64},
                "labels": {"team": "support"},
            },
            "full_response": {
                "candidates": [{"content": {"role": "model", "parts": [{"text": label}]}, "finishReason": "STOP"}]
            },
        }
        for number in range(80)
        for label in "ab"
    ]
    uri = f"{line.step.root}/logged.jsonl"
    line.step.storage.write(uri, b"".join(json.dumps(row).encode() + b"\n" for row in rows))
    return uri


@pytest.fixture
def serving(line: Line) -> Champion:
    """Version a serves."""
    return let_serve(line.step, line.versions["a"]).champion
