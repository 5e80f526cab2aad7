"""Versions tuned once per session, and a model line of its own for every test."""

from __future__ import annotations

import hashlib
import json
import os

import pytest

from components.clock import Clock
from components.gcp import clients
from components.gcp.ledger import Champion
from components.gcp.model_registry import ModelRegistry
from components.gcp.tuning_jobs import TuningJobs, TuningRequest
from components.line_labels import LINE_LABEL, USE_LABEL
from components.run_planning.candidate import Candidate
from components.run_planning.settings import TuningSettings
from components.supervised_tuning.tuned_model import TunedModel
from components.supervised_tuning.wait import wait_for_job
from local_vertex.server import RunningServer
from tests.components.releases.lines import SECRET, Line, let_serve, open_line, tune_versions

MOST_USES = 40
"""A test has at most ten ledgers."""


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
    found = Line(open_line(name), versions)
    _make_room(ModelRegistry(found.step.cloud), versions)
    return found


def _make_room(registry: ModelRegistry, versions: dict[str, TunedModel]) -> None:
    """Take the marks of earlier tests' ledgers off the versions that all share: a resource has at most 64 labels."""
    for one in versions.values():
        version = registry.find(one.model)
        uses = [label for label in version.labels if label.startswith(USE_LABEL)] if version else []
        if len(uses) > MOST_USES:
            registry.set_labels(one.model, {}, without=uses)


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


@pytest.fixture
def own_model(line: Line) -> TunedModel:
    """A version that a job of this line tuned, and that answers at the endpoint which tuning made."""
    fingerprint = hashlib.sha256(line.step.name.encode()).hexdigest()
    jobs, uri = TuningJobs(line.step.cloud), f"gs://{line.step.cloud.bucket}/train.jsonl"
    labels = {LINE_LABEL: line.step.name}
    job = jobs.create(TuningRequest(fingerprint, "gemini-3.1-flash-lite", 1, 1.0, 4, uri, "", "own", labels))
    settings = line.step.section("tuning", TuningSettings).model_copy(update={"poll_seconds": 0.1})
    ended = wait_for_job(jobs, job, settings, Clock(), lambda status: None)
    candidate = Candidate("gemini-3.1-flash-lite", 1, 1.0, 4, fingerprint)
    return TunedModel(candidate, ended.name, ended.model, ended.endpoint, False, 0, [])
