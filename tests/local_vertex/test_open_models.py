"""Managed tuning of open models through Google's clients: the request, the weights, and what they are not."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from google.api_core import exceptions
from google.genai import errors, types

if TYPE_CHECKING:
    from tests.local_vertex.conftest import Cloud

NewCloud = Callable[[str], "Cloud"]
Examples = list[dict[str, Any]]
LLAMA = "meta/llama3_1@llama-3.1-8b-instruct"
ADAPTER = {"learning_rate_multiplier": None, "learning_rate": 2e-4, "tuning_mode": "TUNING_MODE_PEFT_ADAPTER"}


def names(cloud: Cloud, folder: str) -> list[str]:
    return sorted(blob.name.removeprefix(folder) for blob in cloud.storage.list_blobs(cloud.bucket, prefix=folder))


def test_a_tuned_open_model_is_a_folder_of_weights_and_no_endpoint(new_cloud: NewCloud, topics: Examples) -> None:
    cloud = new_cloud("open-life")
    uri = cloud.upload("train.jsonl", topics)
    output = f"gs://{cloud.bucket}/weights"
    job = cloud.ended(cloud.tune(uri, base_model=LLAMA, epoch_count=2, output_uri=output, batch_size=8, **ADAPTER))
    assert job.state == types.JobState.JOB_STATE_SUCCEEDED
    assert (job.base_model, job.output_uri) == (LLAMA, output)
    tuned = job.tuned_model
    assert tuned is not None
    assert str(tuned.model).endswith("@1")
    assert tuned.endpoint is None
    assert [(one.checkpoint_id, one.epoch, one.endpoint) for one in tuned.checkpoints or []] == [
        ("1", 1, None),
        ("2", 2, None),
    ]
    folders = {name.split("/")[0] for name in names(cloud, "weights/postprocess/node-0/checkpoints/")}
    assert "final" in folders
    assert len(folders) == 3
    assert list(cloud.endpoints.list_endpoints(parent=cloud.parent())) == []
    version = cloud.models.get_model(name=str(tuned.model))
    public = version.base_model_source.model_garden_source.public_model_name
    assert public == "publishers/meta/models/llama3_1@llama-3.1-8b-instruct"
    endpoint = cloud.endpoints.create_endpoint(parent=cloud.parent(), endpoint={"display_name": "own"}).result()
    with pytest.raises(exceptions.MethodNotImplemented, match="no accelerators"):
        cloud.endpoints.deploy_model(
            endpoint=endpoint.name, deployed_model={"model": tuned.model, "display_name": "x"}, traffic_split={"0": 100}
        )
    going_on = cloud.tune(
        uri,
        base_model="publishers/meta/models/llama3_1@llama-3.1-8b-instruct",
        output_uri=f"gs://{cloud.bucket}/more",
        custom_base_model=f"{output}/postprocess/node-0/checkpoints/final",
        **ADAPTER,
    )
    assert cloud.ended(going_on).state == types.JobState.JOB_STATE_SUCCEEDED


@pytest.mark.parametrize(
    ("base_model", "config", "says"),
    [
        (LLAMA, {"output_uri": None}, "The output_uri field is required for this model"),
        (LLAMA, {"output_uri": "gs://no-such-bucket/x"}, "existing bucket"),
        (LLAMA, {"learning_rate_multiplier": 1.0}, "use learning_rate"),
        (LLAMA, {"adapter_size": "ADAPTER_SIZE_SIXTEEN", "tuning_mode": "TUNING_MODE_FULL"}, "adapter_size"),
        (LLAMA, {"custom_base_model": "gs://no-such-bucket/x"}, "custom_base_model"),
        ("google/gemma3@gemma-3-4b-it", {}, "TUNING_MODE_PEFT_ADAPTER is not supported"),
        ("google/gemma4@gemma-4-31b-it", {"tuning_mode": "TUNING_MODE_FULL"}, "TUNING_MODE_FULL is not supported"),
        ("google/gemma-3-4b-it", {}, "is not supported"),
        ("meta/llama3_1@llama-9", {}, "is not supported"),
    ],
)
def test_requests_that_the_service_refuses(
    new_cloud: NewCloud, topics: Examples, base_model: str, config: dict[str, Any], says: str
) -> None:
    cloud = new_cloud("open-refused")
    uri = cloud.upload("train.jsonl", topics)
    with pytest.raises(errors.ClientError, match=says) as caught:
        cloud.tune(uri, base_model=base_model, **{**ADAPTER, "output_uri": f"gs://{cloud.bucket}/w", **config})
    assert caught.value.code == 400


@pytest.mark.parametrize(("location", "code"), [("europe-west1", 400), ("global", 501)])
def test_regions(new_cloud: NewCloud, topics: Examples, location: str, code: int) -> None:
    cloud = new_cloud("open-regions")
    uri = cloud.upload("train.jsonl", topics)
    with pytest.raises(errors.APIError) as caught:
        cloud.tune(uri, base_model=LLAMA, location=location, output_uri=f"gs://{cloud.bucket}/w", **ADAPTER)
    assert caught.value.code == code


def test_an_open_base_model_does_not_answer(new_cloud: NewCloud) -> None:
    client = new_cloud("open-silent").genai()
    with pytest.raises(errors.ClientError, match="not found"):
        client.models.generate_content(model=LLAMA, contents="hello")
