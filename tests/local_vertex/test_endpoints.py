"""Serving endpoints through the endpoint client: deployment, traffic and deletion."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from google.api_core import exceptions
from google.cloud.aiplatform_v1.types import DedicatedResources, DeployedModel, Endpoint, ListEndpointsRequest
from google.genai import types
from google.protobuf.field_mask_pb2 import FieldMask

if TYPE_CHECKING:
    from tests.local_vertex.conftest import Cloud


@pytest.fixture
def model(tuned_job: types.TuningJob) -> str:
    assert tuned_job.tuned_model is not None
    return str(tuned_job.tuned_model.model)


@pytest.fixture
def endpoint(tuning_cloud: Cloud) -> str:
    return new_endpoint(tuning_cloud)


def new_endpoint(cloud: Cloud, location: str = "us-central1", **fields: Any) -> str:
    endpoint = Endpoint(**{"display_name": "serving", **fields})
    return str(cloud.endpoints.create_endpoint(parent=cloud.parent(location), endpoint=endpoint).result().name)


def deploy(cloud: Cloud, endpoint: str, model: str, split: dict[str, int] | None = None, **fields: Any) -> str:
    deployed = DeployedModel(model=model, **fields)
    reply = cloud.endpoints.deploy_model(endpoint=endpoint, deployed_model=deployed, traffic_split=split or {})
    return str(reply.result().deployed_model.id)


def test_endpoints_are_made_found_and_deleted(tuning_cloud: Cloud) -> None:
    client = tuning_cloud.endpoints
    operation = client.create_endpoint(
        parent=tuning_cloud.parent(),
        endpoint=Endpoint(display_name="named", labels={"team": "shop"}),
        endpoint_id="shop-serving",
    )
    name = operation.result().name
    assert name.endswith("/endpoints/shop-serving")
    request = ListEndpointsRequest(parent=tuning_cloud.parent(), filter='display_name="named"')
    listed = client.list_endpoints(request=request)
    assert [endpoint.name for endpoint in listed] == [name]
    with pytest.raises(exceptions.Conflict):
        client.create_endpoint(
            parent=tuning_cloud.parent(), endpoint=Endpoint(display_name="x"), endpoint_id="shop-serving"
        )
    client.delete_endpoint(name=name).result()
    with pytest.raises(exceptions.NotFound):
        client.get_endpoint(name=name)


def test_a_tuned_model_answers_on_another_endpoint(tuning_cloud: Cloud, endpoint: str, model: str) -> None:
    deploy(tuning_cloud, endpoint, model)
    reply = tuning_cloud.genai().models.generate_content(model=endpoint, contents="refund of an invoice")
    assert reply.text == "billing"


def test_traffic_moves_between_deployed_models(tuning_cloud: Cloud, endpoint: str, model: str) -> None:
    client = tuning_cloud.endpoints
    old = deploy(tuning_cloud, endpoint, model, {"0": 100})
    new = deploy(tuning_cloud, endpoint, model, {"0": 10, old: 90}, checkpoint_id="1")
    found = client.get_endpoint(name=endpoint)
    assert dict(found.traffic_split) == {old: 90, new: 10}
    assert [deployed.checkpoint_id for deployed in found.deployed_models] == ["2", "1"]
    client.update_endpoint(
        endpoint=Endpoint(name=endpoint, traffic_split={new: 100}), update_mask=FieldMask(paths=["traffic_split"])
    )
    client.undeploy_model(endpoint=endpoint, deployed_model_id=old).result()
    found = client.get_endpoint(name=endpoint)
    assert dict(found.traffic_split) == {new: 100}
    client.undeploy_model(endpoint=endpoint, deployed_model_id=new).result()
    with pytest.raises(Exception, match="no deployed model with traffic"):
        tuning_cloud.genai().models.generate_content(model=endpoint, contents="hi")


def test_a_deployment_without_a_split_leaves_the_traffic_where_it_is(
    tuning_cloud: Cloud, endpoint: str, model: str
) -> None:
    old = deploy(tuning_cloud, endpoint, model)
    deploy(tuning_cloud, endpoint, model)
    assert dict(tuning_cloud.endpoints.get_endpoint(name=endpoint).traffic_split) == {old: 100}


def test_a_model_with_traffic_is_undeployed_only_when_others_get_it(
    tuning_cloud: Cloud, endpoint: str, model: str
) -> None:
    client = tuning_cloud.endpoints
    old = deploy(tuning_cloud, endpoint, model)
    new = deploy(tuning_cloud, endpoint, model)
    with pytest.raises(exceptions.BadRequest, match="has traffic"):
        client.undeploy_model(endpoint=endpoint, deployed_model_id=old)
    client.undeploy_model(endpoint=endpoint, deployed_model_id=old, traffic_split={new: 100}).result()
    assert [deployed.id for deployed in client.get_endpoint(name=endpoint).deployed_models] == [new]
    with pytest.raises(exceptions.NotFound, match="no deployed model"):
        client.undeploy_model(endpoint=endpoint, deployed_model_id=old)


@pytest.mark.parametrize(
    ("split", "sentence"), [({"0": 60}, "add up to 100"), ({"0": 50, "77": 50}, "unknown deployed model")]
)
def test_impossible_splits_change_nothing(
    tuning_cloud: Cloud, endpoint: str, model: str, split: dict[str, int], sentence: str
) -> None:
    with pytest.raises(exceptions.BadRequest, match=sentence):
        deploy(tuning_cloud, endpoint, model, split)
    assert not tuning_cloud.endpoints.get_endpoint(name=endpoint).deployed_models


def test_machines_dedicated_endpoints_and_unknown_checkpoints_are_refused(
    tuning_cloud: Cloud, endpoint: str, model: str
) -> None:
    with pytest.raises(exceptions.BadRequest, match="without machines"):
        deploy(tuning_cloud, endpoint, model, dedicated_resources=DedicatedResources(min_replica_count=1))
    with pytest.raises(exceptions.NotFound, match="Checkpoint 9"):
        deploy(tuning_cloud, endpoint, model, checkpoint_id="9")
    with pytest.raises(exceptions.BadRequest, match="Dedicated endpoints"):
        new_endpoint(tuning_cloud, dedicated_endpoint_enabled=True)


def test_gemini_3_is_deployed_to_its_multi_region_only(
    new_cloud: Callable[[str], Cloud], topics: list[dict[str, Any]]
) -> None:
    cloud = new_cloud("multi-region")
    job = cloud.ended(cloud.tune(cloud.upload("train.jsonl", topics), "gemini-3.5-flash", epoch_count=1))
    model = str(job.tuned_model.model)  # type: ignore[union-attr]
    with pytest.raises(exceptions.BadRequest, match="endpoints in us only"):
        deploy(cloud, new_endpoint(cloud), model)
    endpoint = new_endpoint(cloud, "us")
    deploy(cloud, endpoint, model)
    assert cloud.genai("us").models.generate_content(model=endpoint, contents="my invoice").text == "billing"


def test_an_endpoint_with_models_is_not_deleted_and_force_is_unknown(
    tuning_cloud: Cloud, endpoint: str, model: str
) -> None:
    deploy(tuning_cloud, endpoint, model)
    with pytest.raises(exceptions.BadRequest, match="undeploy them first"):
        tuning_cloud.endpoints.delete_endpoint(name=endpoint)
    with httpx.Client(base_url=tuning_cloud.server.base_url, headers={"authorization": "Bearer x"}) as web:
        refused = web.delete(f"/v1/{endpoint}", params={"force": "true"})
    # google/skills writes `?force=true`; the discovery documents and the protos have no such parameter.
    assert (refused.status_code, 'Unknown name "force"' in refused.json()["error"]["message"]) == (400, True)
    assert tuning_cloud.endpoints.get_endpoint(name=endpoint).deployed_models


def test_labels_change_by_mask_and_other_fields_do_not(tuning_cloud: Cloud, endpoint: str) -> None:
    changed = tuning_cloud.endpoints.update_endpoint(
        endpoint=Endpoint(name=endpoint, display_name="not in the mask", labels={"a": "b"}),
        update_mask=FieldMask(paths=["labels"]),
    )
    assert (changed.display_name, dict(changed.labels)) == ("serving", {"a": "b"})
    with pytest.raises(exceptions.BadRequest, match="update_mask"):
        tuning_cloud.endpoints.update_endpoint(
            endpoint=Endpoint(name=endpoint), update_mask=FieldMask(paths=["deployed_models"])
        )
