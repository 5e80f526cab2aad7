"""The target of the suite and what its tests share. See README.md for running it against a real project."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from google.cloud import aiplatform, aiplatform_v1, aiplatform_v1beta1
from google.genai import types
from kfp import compiler

from tests.local_vertex.conformance.awaited import AwaitedLibrary
from tests.local_vertex.conformance.pipeline import conformance
from tests.local_vertex.conformance.target import Target, real_target

TUNING_USD = 2.0


@pytest.fixture(scope="session")
def target(request: pytest.FixtureRequest) -> Iterator[Target]:
    """A real project when the environment names one, else a project of its own on the session's local server."""
    found = real_target()
    if found is None:
        project = f"conformance-{uuid.uuid4().hex[:8]}"
        found = Target(project, "us-central1", f"{project}-data", request.getfixturevalue("server").base_url)
    found.open()
    yield found
    found.close()


@pytest.fixture(autouse=True)
def _only_where_it_can_run(request: pytest.FixtureRequest) -> None:
    marker = request.node.get_closest_marker("stand_in_only")
    if marker is not None:
        (reason,) = marker.args
        if real_target() is not None:
            pytest.skip(f"only the stand-in can do this: {reason}")


LIBRARIES = (aiplatform_v1, aiplatform_v1beta1)


@pytest.fixture(
    params=[*LIBRARIES, *map(AwaitedLibrary, LIBRARIES)],
    ids=["v1", "v1beta1", "v1-asynchronous", "v1beta1-asynchronous"],
)
def api(request: pytest.FixtureRequest) -> Any:
    """The generated library of each version, with its synchronous and with its asynchronous clients."""
    return request.param


@pytest.fixture
def sdk(target: Target) -> Iterator[Any]:
    """The high-level SDK on the target, over REST."""
    aiplatform.init(
        project=target.project,
        location=target.location,
        api_endpoint=target.base_url or None,
        api_transport="rest",
        credentials=target.credentials,
        staging_bucket=f"gs://{target.bucket}/{target.run}",
    )
    yield aiplatform
    aiplatform.initializer.global_config.__init__()


@pytest.fixture(scope="session")
def training_file(target: Target, topics: list[dict[str, Any]]) -> str:
    return target.upload("train.jsonl", "".join(json.dumps(line) + "\n" for line in topics))


@pytest.fixture(scope="session")
def conformance_job(target: Target, training_file: str) -> types.TuningJob:
    """A finished job with two checkpoints; its model and endpoints must be left as they are."""
    target.pay(TUNING_USD, tuning=True)
    client = target.genai()
    config = types.CreateTuningJobConfig(
        epoch_count=2, tuned_model_display_name=target.run, labels=target.labels, adapter_size="ADAPTER_SIZE_ONE"
    )
    made = client.tunings.tune(
        base_model="gemini-2.5-flash", training_dataset=types.TuningDataset(gcs_uri=training_file), config=config
    )
    job = target.until(lambda: client.tunings.get(name=str(made.name)), lambda job: job.has_ended)
    assert job.state == types.JobState.JOB_STATE_SUCCEEDED, job.error
    target.later(lambda: remove_tuned(target, job))
    return job


def remove_tuned(target: Target, job: types.TuningJob) -> None:
    """Delete the endpoints of a job's checkpoints and then its model."""
    assert job.tuned_model is not None
    endpoints = target.gapic(aiplatform_v1.EndpointServiceClient)
    for checkpoint in job.tuned_model.checkpoints or []:
        endpoint = endpoints.get_endpoint(name=checkpoint.endpoint)
        for deployed in endpoint.deployed_models:
            endpoints.undeploy_model(endpoint=endpoint.name, deployed_model_id=deployed.id).result()
        endpoints.delete_endpoint(name=endpoint.name).result()
    models = target.gapic(aiplatform_v1.ModelServiceClient)
    models.delete_model(name=str(job.tuned_model.model).partition("@")[0]).result()


@pytest.fixture(scope="session")
def tuned_model(conformance_job: types.TuningJob) -> str:
    """Name of the tuned model, with its version."""
    assert conformance_job.tuned_model is not None
    return str(conformance_job.tuned_model.model)


@pytest.fixture(scope="session")
def tuned_endpoint(conformance_job: types.TuningJob) -> str:
    assert conformance_job.tuned_model is not None
    return str(conformance_job.tuned_model.endpoint)


@pytest.fixture
def model(target: Target, tuned_model: str) -> str:
    """A copy of the tuned model that the test may change."""
    client = target.gapic(aiplatform_v1.ModelServiceClient)
    request = {"parent": target.parent, "source_model": tuned_model, "model_id": f"m-{uuid.uuid4().hex[:10]}"}
    name = str(client.copy_model(request=request).result().model)
    target.later(lambda: client.delete_model(name=name).result())
    return name


@pytest.fixture
def new_endpoint(target: Target) -> Callable[..., str]:
    """Makes endpoints, which the end of the session removes with what is deployed there."""
    client = target.gapic(aiplatform_v1.EndpointServiceClient)

    def make() -> str:
        endpoint = aiplatform_v1.Endpoint(display_name=target.run, labels=target.labels)
        name = str(client.create_endpoint(parent=target.parent, endpoint=endpoint).result().name)
        target.later(lambda: remove(name))
        return name

    def remove(name: str) -> None:
        for deployed in client.get_endpoint(name=name).deployed_models:
            client.undeploy_model(endpoint=name, deployed_model_id=deployed.id).result()
        client.delete_endpoint(name=name).result()

    return make


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A compiled pipeline of one task."""
    file = tmp_path_factory.mktemp("conformance") / "conformance.yaml"
    compiler.Compiler().compile(conformance, str(file))
    return file
