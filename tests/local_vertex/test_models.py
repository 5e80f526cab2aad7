"""The model registry through the model client and google-genai: versions, aliases, checkpoints, copies, deletion."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from google.api_core import exceptions
from google.cloud.aiplatform_v1.types import CopyModelRequest, DeployedModel, Endpoint, ListModelsRequest, Model
from google.genai import types
from google.protobuf.field_mask_pb2 import FieldMask

if TYPE_CHECKING:
    from tests.local_vertex.conftest import Cloud


@pytest.fixture(scope="module")
def cloud(new_cloud: Callable[[str], Cloud]) -> Cloud:
    return new_cloud("registry")


@pytest.fixture
def model(cloud: Cloud, tuned: str) -> str:
    """A copy of the tuned model that the test may change."""
    request = CopyModelRequest(parent=cloud.parent(), source_model=tuned)
    return str(cloud.models.copy_model(request=request).result().model)


@pytest.fixture(scope="module")
def job(cloud: Cloud, topics: list[dict[str, Any]]) -> types.TuningJob:
    return cloud.ended(cloud.tune(cloud.upload("train.jsonl", topics), labels={"team": "search"}))


@pytest.fixture
def tuned(job: types.TuningJob) -> str:
    return str(job.tuned_model.model)  # type: ignore[union-attr]


def second_version(cloud: Cloud, model: str, tuned: str) -> None:
    request = CopyModelRequest(parent=cloud.parent(), source_model=tuned, parent_model=model)
    assert cloud.models.copy_model(request=request).result().model_version_id == "2"


def aliases(cloud: Cloud, model: str) -> dict[str, list[str]]:
    return {
        version.version_id: list(version.version_aliases) for version in cloud.models.list_model_versions(name=model)
    }


def test_the_labels_of_the_job_and_the_base_model_are_on_the_model(cloud: Cloud, tuned: str) -> None:
    labels = cloud.models.get_model(name=tuned).labels
    assert labels["team"] == "search"
    assert labels["google-vertex-llm-tuning-base-model-id"] == "gemini-2.5-flash"


def test_tuned_models_are_listed_by_both_clients(cloud: Cloud, tuned: str) -> None:
    name = tuned.partition("@")[0]
    assert name in listed_models(cloud, 'labels.team="search"')
    assert name not in listed_models(cloud, 'labels.team="sales"')
    listed = cloud.genai().models.list(config=types.ListModelsConfig(query_base=False))
    assert name in [model.name for model in listed]


def listed_models(cloud: Cloud, condition: str) -> list[str]:
    request = ListModelsRequest(parent=cloud.parent(), filter=condition)
    return [model.name for model in cloud.models.list_models(request=request)]


def test_an_alias_belongs_to_one_version(cloud: Cloud, model: str, tuned: str) -> None:
    second_version(cloud, model, tuned)
    assert aliases(cloud, model) == {"1": [], "2": ["default"]}
    cloud.models.merge_version_aliases(name=f"{model}@1", version_aliases=["champion", "default"])
    assert aliases(cloud, model) == {"1": ["champion", "default"], "2": []}
    changed = cloud.models.merge_version_aliases(name=f"{model}@2", version_aliases=["champion"])
    assert list(changed.version_aliases) == ["champion"]
    assert aliases(cloud, model) == {"1": ["default"], "2": ["champion"]}
    assert cloud.models.get_model(name=f"{model}@champion").version_id == "2"
    assert cloud.models.get_model(name=model).version_id == "1"
    cloud.models.merge_version_aliases(name=f"{model}@2", version_aliases=["-champion"])
    with pytest.raises(exceptions.NotFound):
        cloud.models.get_model(name=f"{model}@champion")


@pytest.mark.parametrize("alias", ["Champion", "1", "a_b", "-default", "x"])
def test_malformed_aliases_are_refused(cloud: Cloud, model: str, alias: str) -> None:
    with pytest.raises(exceptions.BadRequest, match="alias"):
        cloud.models.merge_version_aliases(name=f"{model}@1", version_aliases=[alias])


def test_labels_are_replaced_by_mask(cloud: Cloud, model: str) -> None:
    changed = cloud.models.update_model(
        model=Model(name=model, display_name="not in the mask", labels={"stage": "prod"}),
        update_mask=FieldMask(paths=["labels"]),
    )
    assert dict(changed.labels) == {"stage": "prod"}
    assert changed.display_name != "not in the mask"
    with pytest.raises(exceptions.BadRequest, match="Invalid label"):
        cloud.models.update_model(
            model=Model(name=model, labels={"Stage": "prod"}), update_mask=FieldMask(paths=["labels"])
        )


def test_a_model_without_its_labels_can_still_be_deployed(cloud: Cloud, model: str) -> None:
    cloud.models.update_model(model=Model(name=model), update_mask=FieldMask(paths=["labels"]))
    assert not cloud.models.get_model(name=model).labels
    created = cloud.endpoints.create_endpoint(parent=cloud.parent(), endpoint=Endpoint(display_name="serving"))
    endpoint = created.result().name
    cloud.endpoints.deploy_model(endpoint=endpoint, deployed_model=DeployedModel(model=model)).result()
    assert cloud.genai().models.generate_content(model=endpoint, contents="my invoice").text == "billing"


def test_the_default_checkpoint_decides_about_the_endpoint_of_the_job(
    cloud: Cloud, job: types.TuningJob, tuned: str
) -> None:
    client = cloud.genai()
    of_job = job.tuned_model.checkpoints or []  # type: ignore[union-attr]
    checkpoints = {checkpoint.checkpoint_id: checkpoint.endpoint for checkpoint in of_job}
    listed = cloud.models.list_model_version_checkpoints(name=tuned)
    assert [checkpoint.checkpoint_id for checkpoint in listed] == ["1", "2"]
    for checkpoint in ("1", "2"):
        client.models.update(model=tuned, config=types.UpdateModelConfig(default_checkpoint_id=checkpoint))
        assert client.tunings.get(name=str(job.name)).tuned_model.endpoint == checkpoints[checkpoint]  # type: ignore[union-attr]
    with pytest.raises(Exception, match="Checkpoint 3 does not exist"):
        client.models.update(model=tuned, config=types.UpdateModelConfig(default_checkpoint_id="3"))


def test_a_copy_to_another_region_has_the_checkpoints_but_no_aliases(cloud: Cloud, tuned: str) -> None:
    cloud.models.merge_version_aliases(name=tuned, version_aliases=["champion"])
    request = CopyModelRequest(parent=cloud.parent("europe-west4"), source_model=tuned, model_id="copied")
    reply = cloud.models.copy_model(request=request).result()
    copied = cloud.models.get_model(name=f"{reply.model}@{reply.model_version_id}")
    assert "/locations/europe-west4/models/copied" in copied.name
    assert list(copied.version_aliases) == ["default"]
    assert [checkpoint.checkpoint_id for checkpoint in copied.checkpoints] == ["1", "2"]
    with pytest.raises(exceptions.BadRequest, match="exists already"):
        cloud.models.copy_model(request=request)


def test_a_copy_to_another_project_and_region_takes_two_hops(
    cloud: Cloud, tuned: str, new_cloud: Callable[[str], Cloud]
) -> None:
    other = new_cloud("registry-of-production")
    source = f"{cloud.parent()}/models/{tuned.rpartition('/')[2]}"
    request = CopyModelRequest(parent=other.parent("europe-west4"), source_model=source)
    with pytest.raises(exceptions.BadRequest, match="another project and another region at once"):
        cloud.models.copy_model(request=request)
    there = cloud.models.copy_model(CopyModelRequest(parent=cloud.parent("europe-west4"), source_model=source)).result()
    request = CopyModelRequest(parent=other.parent("europe-west4"), source_model=there.model)
    copied = other.models.get_model(name=other.models.copy_model(request=request).result().model)
    assert [checkpoint.checkpoint_id for checkpoint in copied.checkpoints] == ["1", "2"]
    assert not copied.deployed_models
    request = CopyModelRequest(parent=cloud.parent(), source_model=tuned, parent_model=copied.name)
    with pytest.raises(exceptions.BadRequest, match="another location than the copy"):
        cloud.models.copy_model(request=request)


def test_a_patch_without_a_mask_changes_what_it_has(cloud: Cloud, model: str) -> None:
    with httpx.Client(base_url=cloud.server.base_url, headers={"authorization": "Bearer x"}) as web:
        body = {"displayName": "renamed", "labels": {"stage": "prod"}, "description": "for support"}
        changed = web.patch(f"/v1beta1/{model}", json=body).raise_for_status().json()
        assert {field: changed[field] for field in body} == body
        assert changed["defaultCheckpointId"] == "2"
        assert web.patch(f"/v1beta1/{model}", json={"etag": "x"}).json()["displayName"] == "renamed"


def test_a_deployed_model_is_not_deleted(cloud: Cloud, job: types.TuningJob, tuned: str) -> None:
    with pytest.raises(exceptions.BadRequest, match="is deployed to"):
        cloud.models.delete_model(name=tuned.partition("@")[0])
    assert cloud.models.get_model(name=tuned).deployed_models[0].endpoint


def test_versions_and_models_are_deleted_and_their_numbers_not_reused(cloud: Cloud, model: str, tuned: str) -> None:
    second_version(cloud, model, tuned)
    with pytest.raises(exceptions.BadRequest, match="default version"):
        cloud.models.delete_model_version(name=f"{model}@2")
    cloud.models.delete_model_version(name=f"{model}@1").result()
    assert list(aliases(cloud, model)) == ["2"]
    request = CopyModelRequest(parent=cloud.parent(), source_model=tuned, parent_model=model)
    assert cloud.models.copy_model(request=request).result().model_version_id == "3"
    cloud.models.delete_model(name=model).result()
    with pytest.raises(exceptions.NotFound):
        cloud.models.get_model(name=f"{model}@3")


def test_a_deleted_copy_leaves_the_checkpoints_of_the_source(cloud: Cloud, model: str, job: types.TuningJob) -> None:
    cloud.models.delete_model(name=model).result()
    endpoint = str(job.tuned_model.endpoint)  # type: ignore[union-attr]
    assert cloud.genai().models.generate_content(model=endpoint, contents="my invoice").text == "billing"
