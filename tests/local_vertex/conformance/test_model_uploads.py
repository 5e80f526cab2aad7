"""Models that users bring themselves, through the low-level clients and the high-level SDK: registered, not run."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

import pytest
from google.api_core import exceptions
from google.cloud import aiplatform_v1

if TYPE_CHECKING:
    from tests.local_vertex.conformance.target import Target

IMAGE = "us-docker.pkg.dev/vertex-ai/prediction/sklearn-cpu.1-3:latest"
SCHEMA = "gs://google-cloud-aiplatform/schema/modelevaluation/classification_metrics_1.0.0.yaml"


def test_a_model_and_its_versions_are_uploaded(target: Target, api: Any) -> None:
    client = target.gapic(api.ModelServiceClient)
    model = api.Model(display_name=target.run, labels=target.labels, container_spec={"image_uri": IMAGE})
    request = {"parent": target.parent, "model": model, "model_id": f"u-{uuid.uuid4().hex[:10]}"}
    name = client.upload_model(request=request).result().model
    target.later(lambda: client.delete_model(name=name).result())
    first = client.get_model(name=name)
    assert (first.version_id, list(first.version_aliases)) == ("1", ["default"])
    assert (first.container_spec.image_uri, dict(first.labels)) == (IMAGE, target.labels)
    with pytest.raises(exceptions.Conflict):
        client.upload_model(request=request).result()
    model.version_aliases = ["challenger"]
    second = client.upload_model(request={"parent": target.parent, "model": model, "parent_model": name}).result()
    assert second.model_version_id == "2"
    assert client.get_model(name=f"{name}@challenger").version_id == "2"
    assert client.get_model(name=name).version_id == "1"
    copied = client.copy_model(request={"parent": target.parent, "source_model": name, "model_id": f"{name[-8:]}c"})
    copy = copied.result().model
    assert client.get_model(name=copy).container_spec.image_uri == IMAGE
    client.delete_model(name=copy).result()


def test_what_a_model_without_formats_and_examples_is_not_asked_for(target: Target, model: str, api: Any) -> None:
    client = target.gapic(api.ModelServiceClient)
    output = {"artifact_destination": {"output_uri_prefix": f"gs://{target.bucket}/{target.run}/export"}}
    with pytest.raises(exceptions.BadRequest):
        client.export_model(name=model, output_config=output).result()
    with pytest.raises(exceptions.BadRequest):
        client.update_explanation_dataset(request={"model": model}).result()


@pytest.mark.stand_in_only("the service indexes the examples, which takes long and needs real ones")
def test_the_examples_of_an_explanation_are_replaced(target: Target, api: Any) -> None:
    client = target.gapic(api.ModelServiceClient)
    examples = {"example_gcs_source": {"data_format": "JSONL", "gcs_source": {"uris": [f"gs://{target.bucket}/old"]}}}
    specification = {"parameters": {"examples": {**examples, "neighbor_count": 3}}, "metadata": {}}
    model = api.Model(display_name="explained", explanation_spec=specification, container_spec={"image_uri": IMAGE})
    name = client.upload_model(parent=target.parent, model=model).result().model
    target.later(lambda: client.delete_model(name=name).result())
    examples["example_gcs_source"]["gcs_source"] = {"uris": [f"gs://{target.bucket}/new"]}
    client.update_explanation_dataset(request={"model": name, "examples": examples}).result()
    found = client.get_model(name=name).explanation_spec.parameters.examples
    assert (list(found.example_gcs_source.gcs_source.uris), found.neighbor_count) == (
        [f"gs://{target.bucket}/new"],
        3,
    )


def test_the_high_level_sdk_uploads(target: Target, sdk: Any) -> None:
    made = sdk.Model.upload(serving_container_image_uri=IMAGE, display_name=target.run, labels=target.labels)
    client = target.gapic(aiplatform_v1.ModelServiceClient)
    target.later(lambda: client.delete_model(name=made.resource_name).result())
    assert (made.version_id, made.container_spec.image_uri) == ("1", IMAGE)
    second = sdk.Model.upload(
        serving_container_image_uri=IMAGE,
        display_name=target.run,
        parent_model=made.resource_name,
        is_default_version=False,
        version_aliases=["challenger"],
    )
    assert second.version_id == "2"
    assert sdk.Model(made.resource_name).version_id == "1"
    with pytest.raises(ValueError, match="not exportable"):
        made.export_model(export_format_id="custom-trained", artifact_destination=f"gs://{target.bucket}/export")


@pytest.mark.stand_in_only("the service runs containers")
def test_an_uploaded_model_is_not_deployed(target: Target, sdk: Any) -> None:
    made = sdk.Model.upload(serving_container_image_uri=IMAGE, display_name=target.run)
    endpoint = sdk.Endpoint.create(display_name=target.run)
    target.later(lambda: endpoint.delete())
    client = target.gapic(aiplatform_v1.EndpointServiceClient)
    with pytest.raises(exceptions.MethodNotImplemented, match="runs no containers"):
        client.deploy_model(endpoint=endpoint.resource_name, deployed_model={"model": made.resource_name}).result()
    made.delete()


def test_slices_of_an_evaluation(target: Target, model: str, api: Any) -> None:
    client = target.gapic(api.ModelServiceClient)
    evaluation = {"metrics_schema_uri": SCHEMA, "metrics": {"auPrc": 0.5}}
    parent = client.import_model_evaluation(parent=model, model_evaluation=evaluation).name
    found = {"slice_": {"dimension": "annotationSpec", "value": "billing"}, "metrics_schema_uri": SCHEMA}
    found["metrics"] = {"auPrc": 0.25}
    reply = client.batch_import_model_evaluation_slices(parent=parent, model_evaluation_slices=[found])
    (name,) = reply.imported_model_evaluation_slices
    read = client.get_model_evaluation_slice(name=name)
    assert (read.slice_.value, read.metrics["auPrc"]) == ("billing", 0.25)
    for dimension, count in (("annotationSpec", 1), ("slice", 0)):
        request = {"parent": parent, "filter": f'slice.dimension="{dimension}"'}
        assert len(list(client.list_model_evaluation_slices(request=request))) == count
    annotation = {"type_": "TRUE_POSITIVE", "predictions": [{"number_value": 1.0}]}
    counted = client.batch_import_evaluated_annotations(parent=name, evaluated_annotations=[annotation])
    assert counted.imported_evaluated_annotations_count == 1
