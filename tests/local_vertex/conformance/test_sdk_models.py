"""The high-level SDK over REST: `aiplatform.Model`, its registry, and `aiplatform.Endpoint`."""

from __future__ import annotations

import json
import uuid
from typing import TYPE_CHECKING, Any

import pytest
from google.api_core import exceptions
from google.cloud import aiplatform_v1

from tests.local_vertex.conformance.target import same_resource

if TYPE_CHECKING:
    from tests.local_vertex.conformance.target import Target


def test_a_model_is_read_listed_and_changed(target: Target, sdk: Any, model: str) -> None:
    found = sdk.Model(model)
    assert (found.version_id, found.resource_name) == ("1", model)
    assert found.to_dict()["name"] == model
    chosen = f'labels.retune-conformance="{target.run}"'
    assert model in [one.resource_name for one in sdk.Model.list(filter=chosen)]
    assert model in [one.resource_name for one in sdk.Model.list(order_by="create_time desc")]
    found.update(display_name="renamed", description="why", labels={"stage": "prod"})
    again = sdk.Model(model_name=model, version="1")
    assert (again.display_name, again.description, again.labels) == ("renamed", "why", {"stage": "prod"})
    assert again.versioned_resource_name == f"{model}@1"
    again.wait()


def test_a_model_is_copied_and_deleted(target: Target, sdk: Any, tuned_model: str) -> None:
    source = sdk.Model(tuned_model)
    model_id = f"sdk-{uuid.uuid4().hex[:8]}"
    copied = source.copy(destination_location=target.location, destination_model_id=model_id)
    client = target.gapic(aiplatform_v1.ModelServiceClient)
    target.later(lambda: client.delete_model(name=copied.resource_name).result())
    assert copied.resource_name.endswith(f"/models/{model_id}")
    second = source.copy(destination_location=target.location, destination_parent_model=copied.resource_name)
    assert (second.version_id, same_resource(second.resource_name, copied.resource_name)) == ("2", True)
    copied.delete()
    with pytest.raises(exceptions.NotFound):
        sdk.Model(copied.resource_name)


def test_versions_through_the_registry(target: Target, sdk: Any, tuned_model: str, model: str) -> None:
    sdk.Model(tuned_model).copy(destination_location=target.location, destination_parent_model=model)
    registry = sdk.models.ModelRegistry(model)
    assert {version.version_id for version in registry.list_versions()} == {"1", "2"}
    registry.add_version_aliases(["champion"], version="1")
    assert "champion" in registry.get_version_info("1").version_aliases
    assert registry.get_model("champion").version_id == "1"
    registry.remove_version_aliases(["champion"], version="1")
    assert "champion" not in registry.get_version_info("1").version_aliases
    registry.update_version(version="1", version_description="the first", labels={"stage": "dev"})
    assert registry.get_version_info("1").version_description == "the first"
    registry.delete_version("1")
    assert {version.version_id for version in registry.list_versions()} == {"2"}


def test_evaluations_of_a_model(target: Target, sdk: Any, model: str) -> None:
    target.gapic(aiplatform_v1.ModelServiceClient).import_model_evaluation(
        parent=model,
        model_evaluation={
            "metrics_schema_uri": "gs://google-cloud-aiplatform/schema/modelevaluation/"
            "classification_metrics_1.0.0.yaml",
            "metrics": {"auPrc": 0.5},
        },
    )
    (listed,) = sdk.Model(model).list_model_evaluations()
    assert listed.metrics["auPrc"] == 0.5
    assert sdk.Model(model).get_model_evaluation().resource_name == listed.resource_name
    assert listed.to_dict()["metrics"] == {"auPrc": 0.5}


def test_an_endpoint_from_creation_to_deletion(target: Target, sdk: Any) -> None:
    made = sdk.Endpoint.create(display_name=target.run, labels=target.labels, endpoint_id=f"sdk-{target.run}")
    target.later(lambda: made.delete())
    chosen = f'labels.retune-conformance="{target.run}"'
    assert made.resource_name in [one.resource_name for one in sdk.Endpoint.list(filter=chosen)]
    assert made.to_dict()["displayName"] == target.run
    made.update(display_name="renamed", description="why", labels={"stage": "prod"})
    again = sdk.Endpoint(made.resource_name)
    assert (again.display_name, again.labels) == ("renamed", {"stage": "prod"})
    again.wait()
    again.delete()
    with pytest.raises(exceptions.NotFound):
        sdk.Endpoint(made.resource_name).display_name  # noqa: B018 - the name is read from the service


def test_models_are_deployed_and_undeployed(target: Target, sdk: Any, tuned_model: str) -> None:
    model = sdk.Model(tuned_model)
    endpoint = model.deploy(deployed_model_display_name="by the model")
    target.later(lambda: endpoint.delete(force=True))
    endpoint.deploy(model, deployed_model_display_name="by the endpoint", traffic_percentage=10)
    listed = {deployed.display_name: deployed.id for deployed in endpoint.list_models()}
    old, new = listed["by the model"], listed["by the endpoint"]
    assert dict(endpoint.traffic_split) == {old: 90, new: 10}
    endpoint.update(traffic_split={new: 100})
    endpoint.undeploy(old)
    assert [deployed.id for deployed in endpoint.list_models()] == [new]
    endpoint.undeploy_all()
    assert endpoint.list_models() == []
    endpoint.delete()


def test_a_tuned_model_answers_a_file(target: Target, sdk: Any, tuned_model: str) -> None:
    target.pay(0.02)
    line = {"request": {"contents": [{"role": "user", "parts": [{"text": "my invoice"}]}]}}
    source = target.upload("sdk-models/in.jsonl", json.dumps(line) + "\n")
    job = sdk.Model(tuned_model).batch_predict(
        job_display_name=target.run,
        instances_format="jsonl",
        gcs_source=source,
        gcs_destination_prefix=f"gs://{target.bucket}/{target.run}/sdk-models/out",
        labels=target.labels,
        sync=True,
    )
    assert job.state.name == "JOB_STATE_SUCCEEDED"
    job.delete()
