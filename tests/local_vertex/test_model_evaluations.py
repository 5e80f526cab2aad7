"""Evaluations of model versions through the model client."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from google.api_core import exceptions
from google.cloud import aiplatform_v1beta1
from google.cloud.aiplatform_v1.types import (
    CopyModelRequest,
    ListModelEvaluationsRequest,
    ModelEvaluation,
)
from google.genai import types
from google.oauth2.credentials import Credentials

from local_vertex.server import RunningServer, start

if TYPE_CHECKING:
    from tests.local_vertex.conftest import Cloud

SCHEMA = "gs://google-cloud-aiplatform/schema/modelevaluation/classification_metrics_1.0.0.yaml"


@pytest.fixture(scope="module")
def cloud(new_cloud: Callable[[str], Cloud]) -> Cloud:
    return new_cloud("evaluations")


@pytest.fixture(scope="module")
def tuned(cloud: Cloud, topics: list[dict[str, Any]]) -> str:
    job = cloud.ended(cloud.tune(cloud.upload("train.jsonl", topics), epoch_count=1))
    assert isinstance(job, types.TuningJob)
    return str(job.tuned_model.model)  # type: ignore[union-attr]


@pytest.fixture
def model(cloud: Cloud, tuned: str) -> str:
    """A model of its own with the versions 1 and 2; version 2 is the default."""
    copied = cloud.models.copy_model(request=CopyModelRequest(parent=cloud.parent(), source_model=tuned)).result().model
    request = CopyModelRequest(parent=cloud.parent(), source_model=tuned, parent_model=copied)
    assert cloud.models.copy_model(request=request).result().model_version_id == "2"
    return str(copied)


def evaluation(name: str = "", **metrics: float) -> ModelEvaluation:
    return ModelEvaluation(display_name=name, metrics_schema_uri=SCHEMA, metrics=metrics or {"auPrc": 0.5})


def imported(cloud: Cloud, parent: str, name: str = "", **metrics: float) -> str:
    made = cloud.models.import_model_evaluation(parent=parent, model_evaluation=evaluation(name, **metrics))
    return str(made.name)


def listed(cloud: Cloud, parent: str, **query: Any) -> list[str]:
    request = ListModelEvaluationsRequest(parent=parent, **query)
    return [found.name for found in cloud.models.list_model_evaluations(request=request)]


def test_an_imported_evaluation_is_read_back(cloud: Cloud, model: str) -> None:
    made = cloud.models.import_model_evaluation(
        parent=model,
        model_evaluation=ModelEvaluation(
            name="ignored",
            display_name="test set",
            metrics_schema_uri=SCHEMA,
            metrics={"auPrc": 0.75, "confidenceMetrics": [{"recall": 1.0}]},
            metadata={"pipeline_job_id": "12"},
            slice_dimensions=["annotationSpec"],
        ),
    )
    assert made.name.startswith(f"{model}/evaluations/")
    assert made.create_time
    found = cloud.models.get_model_evaluation(name=made.name)
    assert found == made
    assert found.metrics["auPrc"] == 0.75
    assert found.metadata["pipeline_job_id"] == "12"
    assert list(found.slice_dimensions) == ["annotationSpec"]


def test_evaluations_belong_to_a_version(cloud: Cloud, model: str) -> None:
    first, second = imported(cloud, f"{model}@1"), imported(cloud, model)
    cloud.models.merge_version_aliases(name=f"{model}@1", version_aliases=["champion"])
    assert listed(cloud, f"{model}@1") == listed(cloud, f"{model}@champion") == [first]
    assert listed(cloud, f"{model}@2") == listed(cloud, model) == [second]
    number = first.rpartition("/")[2]
    assert cloud.models.get_model_evaluation(name=f"{model}@1/evaluations/{number}").name == first
    with pytest.raises(exceptions.NotFound):
        cloud.models.get_model_evaluation(name=f"{model}@2/evaluations/{number}")


def test_lists_have_pages_and_filters(cloud: Cloud, model: str) -> None:
    names = [imported(cloud, model, name=f"run {number}") for number in range(3)]
    assert listed(cloud, model, page_size=2) == names
    assert listed(cloud, model, filter='display_name="run 1"') == [names[1]]


def test_evaluations_are_gone_with_their_version_and_their_model(cloud: Cloud, model: str) -> None:
    first, second = imported(cloud, f"{model}@1"), imported(cloud, model)
    cloud.models.delete_model_version(name=f"{model}@1").result()
    with pytest.raises(exceptions.NotFound):
        cloud.models.get_model_evaluation(name=first)
    assert listed(cloud, model) == [second]
    cloud.models.delete_model(name=model).result()
    for call in (
        lambda: cloud.models.get_model_evaluation(name=second),
        lambda: listed(cloud, model),
        lambda: imported(cloud, model),
    ):
        with pytest.raises(exceptions.NotFound):
            call()


def test_a_copy_has_no_evaluations(cloud: Cloud, model: str) -> None:
    imported(cloud, model)
    request = CopyModelRequest(parent=cloud.parent("europe-west4"), source_model=model)
    assert listed(cloud, cloud.models.copy_model(request=request).result().model) == []


@pytest.mark.parametrize(
    ("refused", "sentence"),
    [
        (ModelEvaluation(metrics_schema_uri=SCHEMA), "metrics must be an object"),
        (ModelEvaluation(metrics_schema_uri=SCHEMA, metrics=0.5), "metrics must be an object"),
        (ModelEvaluation(metrics={"auPrc": 1.0}), "metrics_schema_uri"),
        (ModelEvaluation(metrics={"auPrc": 1.0}, metrics_schema_uri="https://x/y.yaml"), "metrics_schema_uri"),
        (evaluation("x" * 129), "more than 128 characters"),
    ],
)
def test_evaluations_that_are_refused(cloud: Cloud, model: str, refused: ModelEvaluation, sentence: str) -> None:
    with pytest.raises(exceptions.BadRequest, match=sentence):
        cloud.models.import_model_evaluation(parent=model, model_evaluation=refused)
    assert listed(cloud, model) == []


def test_unknown_fields_are_refused_and_slices_have_no_route(server: RunningServer, model: str) -> None:
    with httpx.Client(base_url=f"{server.base_url}/v1/{model}", headers={"authorization": "Bearer x"}) as web:
        wrong = web.post("/evaluations:import", json={"modelEvaluation": {"metrik": {}}})
        assert wrong.status_code == 400
        assert 'Unknown name "metrik"' in wrong.json()["error"]["message"]
        assert web.get("/evaluations/1/slices").status_code == 404


def test_the_beta_client_sees_the_same(server: RunningServer, cloud: Cloud, model: str) -> None:
    client = aiplatform_v1beta1.ModelServiceClient(
        transport="rest", credentials=Credentials("local"), client_options={"api_endpoint": server.base_url}
    )
    made = client.import_model_evaluation(
        parent=model,
        model_evaluation=aiplatform_v1beta1.types.ModelEvaluation(metrics_schema_uri=SCHEMA, metrics={"auPrc": 1.0}),
    )
    assert listed(cloud, model) == [made.name]


def test_evaluations_survive_a_restart(
    tmp_path: Path, topics: list[dict[str, Any]], cloud_of: Callable[[RunningServer, str], Cloud]
) -> None:
    server = start(tmp_path, idle_shutdown_s=120)
    cloud = cloud_of(server, "restart")
    job = cloud.ended(cloud.tune(cloud.upload("train.jsonl", topics), epoch_count=1))
    model = str(job.tuned_model.model)  # type: ignore[union-attr]
    name = imported(cloud, model, auPrc=0.25)
    server.stop()
    server = start(tmp_path, idle_shutdown_s=120)
    try:
        again = cloud_of(server, "restart")
        assert again.models.get_model_evaluation(name=name).metrics["auPrc"] == 0.25
    finally:
        server.stop()
