"""A server with one of everything, all of it named by somebody who means harm."""

from __future__ import annotations

import re
import time
import urllib.parse
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest
import yaml
from google.cloud.aiplatform_v1.types import DeployedModel, Endpoint, ModelEvaluation
from kfp import compiler

from local_vertex.server import RunningServer, start
from tests.local_vertex.console.shapes import HOSTILE, shapes

if TYPE_CHECKING:
    from tests.local_vertex.conftest import Cloud

PATIENCE_S = 60.0


@dataclass
class Site:
    """The server, and the names of what is on it."""

    server: RunningServer
    web: httpx.Client
    spec: dict[str, Any]
    gate: Path
    names: dict[str, str] = field(default_factory=dict)

    def address(self, kind: str) -> str:
        """The page of a resource."""
        return self.server.base_url + self.path(kind)

    def path(self, kind: str) -> str:
        return "/console/" + urllib.parse.quote(self.names[kind].partition("@")[0])

    def post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        reply = self.web.post(path, json=body)
        assert reply.is_success, reply.text
        return dict(reply.json())

    def run(self, file: Path, last: str, name: str = HOSTILE) -> str:
        """Start the pipeline; its first task waits for the file."""
        body = {
            "displayName": name,
            "pipelineSpec": self.spec,
            "runtimeConfig": {
                "gcsOutputDirectory": "gs://console-data/root",
                "parameterValues": {"file": str(file), "last": last},
            },
        }
        return str(self.post(f"/v1/{PARENT}/pipelineJobs", body)["name"])

    def ended(self, name: str) -> None:
        deadline = time.monotonic() + PATIENCE_S
        while "endTime" not in self.web.get(f"/v1/{name}").json():
            assert time.monotonic() < deadline
            time.sleep(0.02)


PARENT = "projects/console/locations/us-central1"


@pytest.fixture(scope="package")
def site(
    tmp_path_factory: pytest.TempPathFactory,
    cloud_of: Callable[[RunningServer, str], Cloud],
    topics: list[dict[str, Any]],
) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("console")
    server = start(folder / "state", ephemeral=True, idle_shutdown_s=3600)
    web = httpx.Client(base_url=server.base_url, headers={"Authorization": "Bearer token"}, timeout=30)
    compiler.Compiler().compile(shapes, str(folder / "shapes.yaml"))
    spec = next(yaml.safe_load_all((folder / "shapes.yaml").read_text()))
    made = Site(server, web, spec, folder / "gate")
    try:
        _fill(made, cloud_of(server, "console"), topics)
        yield made
    finally:
        made.gate.touch()
        web.close()
        server.stop()


def _fill(site: Site, cloud: Cloud, topics: list[dict[str, Any]]) -> None:
    opened = site.gate.with_name("open")
    opened.touch()
    failing = site.run(opened, "bad")
    data = cloud.upload("train.jsonl", topics)
    tuned = cloud.ended(
        cloud.tune(data, validation_dataset={"gcs_uri": data}, epoch_count=3, tuned_model_display_name=HOSTILE)
    )
    site.post("/_faults", {"action": "fail_job", "path": "tuningJobs$", "message": HOSTILE, "times": 1})
    broken = cloud.ended(cloud.tune(data, tuned_model_display_name=HOSTILE))
    model = str(tuned.tuned_model.model)  # type: ignore[union-attr]
    cloud.models.merge_version_aliases(name=model, version_aliases=["champion"])
    metrics = {HOSTILE: HOSTILE, "exact low": 0.8, "exact": 0.875, "exact high": 0.9}
    cloud.models.import_model_evaluation(
        parent=model,
        model_evaluation=ModelEvaluation(
            display_name=HOSTILE, metrics_schema_uri="gs://b/schema.yaml", metrics=metrics
        ),
    )
    uploaded = {"displayName": HOSTILE, "description": HOSTILE, "containerSpec": {"imageUri": HOSTILE}}
    uploaded = site.post(f"/v1/{PARENT}/models:upload", {"model": uploaded})["response"]
    endpoint = cloud.endpoints.create_endpoint(
        parent=cloud.parent(), endpoint=Endpoint(display_name=HOSTILE, labels={"team": "search"})
    ).result()
    for at, share in enumerate(({"0": 100}, {"0": 30, "7000": 70})):
        deployed = DeployedModel(model=model, display_name=HOSTILE, id="7000" if at == 0 else "")
        cloud.endpoints.deploy_model(endpoint=endpoint.name, deployed_model=deployed, traffic_split=share)
    batch = site.post(
        f"/v1/{PARENT}/batchPredictionJobs",
        {
            "displayName": HOSTILE,
            "model": "publishers/google/models/gemini-2.5-flash",
            "inputConfig": {"instancesFormat": "jsonl", "gcsSource": {"uris": [cloud.upload("in.jsonl", [_QUESTION])]}},
            "outputConfig": {
                "predictionsFormat": "jsonl",
                "gcsDestination": {"outputUriPrefix": f"gs://{cloud.bucket}/out"},
            },
        },
    )
    schedule = site.post(f"/v1/{PARENT}/schedules", _schedule(site))
    site.post(f"/v1/{schedule['name']}:pause", {})
    site.post("/_faults", {"action": "status", "status": 429, "path": re.escape(f"/v1/{HOSTILE}")})
    site.web.get(f"/v1/{urllib.parse.quote(HOSTILE)}")
    for name in (failing, batch["name"]):
        site.ended(name)
    site.names = {
        "failed run": failing,
        "tuning job": str(tuned.name),
        "broken tuning job": str(broken.name),
        "model": model,
        "uploaded model": uploaded["model"],
        "endpoint": endpoint.name,
        "batch job": batch["name"],
        "schedule": schedule["name"],
    }
    site.names["live run"] = site.run(site.gate, "fine")


_QUESTION = {"request": {"contents": [{"role": "user", "parts": [{"text": "invoice"}]}]}}


def _schedule(site: Site) -> dict[str, Any]:
    config = {"gcsOutputDirectory": "gs://console-data/root", "parameterValues": {"file": "x", "last": "fine"}}
    return {
        "displayName": HOSTILE,
        "cron": "TZ=Europe/Berlin 30 3 * * 1",
        "maxConcurrentRunCount": 1,
        "createPipelineJobRequest": {
            "parent": PARENT,
            "pipelineJob": {"displayName": HOSTILE, "pipelineSpec": site.spec, "runtimeConfig": config},
        },
    }
