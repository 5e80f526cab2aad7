"""The configuration's key reaches every resource that Retune makes by itself."""

from __future__ import annotations

import ast
import json
import threading
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest
from google.cloud.aiplatform_v1 import types

from components.gcp.batch_jobs import BatchJobs
from components.gcp.cloud_settings import CloudSettings
from components.gcp.endpoints import Endpoints
from components.gcp.pipeline_jobs import PipelineJobs
from components.gcp.tuning_jobs import TuningJobs, TuningRequest
from components.step import Step
from local_vertex.server import RunningServer

KEY = "projects/p/locations/us-central1/keyRings/retune/cryptoKeys/data"
GCP = Path(__file__).parents[2] / "components" / "gcp"
LINE = b'{"contents":[{"role":"user","parts":[{"text":"q"}]},{"role":"model","parts":[{"text":"a"}]}]}\n'


@pytest.fixture
def encrypted(step: Step) -> Step:
    return replace(step, cloud=step.cloud.model_copy(update={"kms_key": KEY}))


def stored(server: RunningServer, name: str) -> dict[str, Any]:
    """A resource as the service shows it."""
    found: dict[str, Any] = httpx.get(f"{server.base_url}/v1/{name}", headers={"authorization": "Bearer x"}).json()
    return found


def test_a_tuning_job_has_the_key(encrypted: Step, vertex_env: RunningServer) -> None:
    uri = f"{encrypted.root}/train.jsonl"
    encrypted.storage.write(uri, LINE * 20)
    request = TuningRequest("f" * 64, "gemini-2.5-flash", 1, 1.0, 4, uri, "", "line candidate", {}, kms_key=KEY)
    job = TuningJobs(encrypted.cloud).create(request)
    assert stored(vertex_env, job.name)["encryptionSpec"] == {"kmsKeyName": KEY}


def test_the_stable_endpoint_has_the_key(encrypted: Step, vertex_env: RunningServer) -> None:
    name = Endpoints(encrypted.cloud).find_or_create("line", {})
    assert stored(vertex_env, name)["encryptionSpec"] == {"kmsKeyName": KEY}


@pytest.mark.parametrize(("location", "expected"), [("us-central1", {"kmsKeyName": KEY}), ("us", None)])
def test_a_batch_of_the_keys_region_has_the_key(
    encrypted: Step, vertex_env: RunningServer, location: str, expected: object
) -> None:
    uri = f"{encrypted.root}/batch.jsonl"
    encrypted.storage.write(uri, b'{"request":{"contents":[{"role":"user","parts":[{"text":"q"}]}]}}\n')
    jobs = BatchJobs(encrypted.cloud, location)
    job = jobs.create("identity", "gemini-2.5-flash", uri, f"{encrypted.root}/out")
    assert stored(vertex_env, job.name).get("encryptionSpec") == expected
    jobs.cancel(job.name)


@pytest.fixture
def requests(monkeypatch: pytest.MonkeyPatch, vertex_env: RunningServer) -> Iterator[list[dict[str, Any]]]:
    """Bodies that a pipeline service got which starts nothing."""
    bodies: list[dict[str, Any]] = []

    class Service(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            bodies.append(json.loads(self.rfile.read(int(self.headers["content-length"]))))
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b'{"name": "projects/p/locations/us-central1/pipelineJobs/run-1"}')

        def log_message(self, *arguments: object) -> None: ...

    with HTTPServer(("127.0.0.1", 0), Service) as service:
        thread = threading.Thread(target=service.serve_forever)
        thread.start()
        monkeypatch.setenv("VERTEX_API_ENDPOINT", f"http://127.0.0.1:{service.server_port}")
        yield bodies
        service.shutdown()
        thread.join()


@pytest.mark.parametrize(("key", "expected"), [(KEY, {"kmsKeyName": KEY}), ("", None)])
def test_a_run_has_the_key(requests: list[dict[str, Any]], key: str, expected: object) -> None:
    cloud = CloudSettings(project="p", location="us-central1", bucket="data", kms_key=key)
    PipelineJobs(cloud).submit("run-1", {"pipelineInfo": {"name": "retune-tuning"}}, {}, {})
    assert requests[0].get("encryptionSpec") == expected


MESSAGES = {name: kind for name in types.__all__ if hasattr(kind := getattr(types, name), "meta")}
KEYED = {name for name, kind in MESSAGES.items() if "encryption_spec" in kind.meta.fields}


def keyless(path: Path) -> list[str]:
    """Messages with a place for a key that are made without one; those with a name change a resource that is there."""
    calls = (node for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, ast.Call))
    made = ((ast.unparse(call.func), {one.arg for one in call.keywords}) for call in calls if not call.args)
    return [name for name, words in made if name in KEYED and not words & {"encryption_spec", "name"}]


def test_no_resource_that_can_have_a_key_is_made_without_one() -> None:
    assert {"BatchPredictionJob", "CopyModelRequest", "Endpoint", "PipelineJob"} <= KEYED
    assert {path.name: found for path in GCP.glob("*.py") if (found := keyless(path))} == {}
