"""Endpoints through the low-level clients of both versions."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from google.api_core import exceptions
from google.protobuf.field_mask_pb2 import FieldMask

if TYPE_CHECKING:
    from tests.local_vertex.conformance.target import Target


def test_endpoints_are_made_read_changed_and_deleted(target: Target, api: Any) -> None:
    client = target.gapic(api.EndpointServiceClient)
    endpoint_id = f"{target.run}-{api.__name__.rpartition('_')[2]}"
    made = client.create_endpoint(
        parent=target.parent,
        endpoint=api.Endpoint(display_name=target.run, description="why", labels=target.labels),
        endpoint_id=endpoint_id,
    ).result()
    target.later(lambda: client.delete_endpoint(name=made.name).result())
    assert made.name.endswith(f"/endpoints/{endpoint_id}")
    found = client.get_endpoint(name=made.name)
    assert (found.display_name, found.labels) == (target.run, target.labels)
    order = {"order_by": "create_time desc"} if "order_by" in api.ListEndpointsRequest.meta.fields else {}
    for query in (f'labels.retune-conformance="{target.run}"', f'display_name="{target.run}"'):
        request = {"parent": target.parent, "filter": query, "page_size": 1, **order}
        assert made.name in [one.name for one in client.list_endpoints(request=request)]
    changed = client.update_endpoint(
        endpoint=api.Endpoint(name=made.name, display_name="renamed", labels={}),
        update_mask=FieldMask(paths=["display_name"]),
    )
    assert (changed.display_name, changed.labels) == ("renamed", target.labels)
    client.delete_endpoint(name=made.name).result()
    with pytest.raises(exceptions.NotFound):
        client.get_endpoint(name=made.name)


def test_models_share_the_traffic_of_an_endpoint(
    target: Target, tuned_model: str, new_endpoint: Callable[[], str], api: Any
) -> None:
    client, endpoint = target.gapic(api.EndpointServiceClient), new_endpoint()

    def deploy(split: dict[str, int]) -> str:
        deployed = api.DeployedModel(model=tuned_model, display_name=target.run)
        operation = client.deploy_model(endpoint=endpoint, deployed_model=deployed, traffic_split=split)
        return str(operation.result().deployed_model.id)

    old = deploy({"0": 100})
    new = deploy({"0": 10, old: 90})
    assert dict(client.get_endpoint(name=endpoint).traffic_split) == {old: 90, new: 10}
    client.update_endpoint(
        endpoint=api.Endpoint(name=endpoint, traffic_split={new: 100}), update_mask=FieldMask(paths=["traffic_split"])
    )
    client.undeploy_model(endpoint=endpoint, deployed_model_id=old).result()
    found = client.get_endpoint(name=endpoint)
    assert [deployed.id for deployed in found.deployed_models] == [new]
    number = endpoint.rpartition("/")[2]
    chosen = f'endpoint={number} AND base_model_name="gemini-2.5-flash"'
    listed = client.list_endpoints(request={"parent": target.parent, "filter": chosen})
    assert [one.name.rpartition("/")[2] for one in listed] == [number]
    with pytest.raises((exceptions.BadRequest, exceptions.PreconditionFailed)):
        client.delete_endpoint(name=endpoint).result()
    client.undeploy_model(endpoint=endpoint, deployed_model_id=new, traffic_split={}).result()
    client.delete_endpoint(name=endpoint).result()


def test_the_client_connection_changes_by_an_operation(
    target: Target, new_endpoint: Callable[[], str], api: Any
) -> None:
    client, name = target.gapic(api.EndpointServiceClient), new_endpoint()
    before = client.get_endpoint(name=name)
    connection = {"inference_timeout": {"seconds": 90}}
    operation = client.update_endpoint_long_running(
        endpoint=api.Endpoint(name=name, client_connection_config=connection)
    )
    changed = operation.result()
    assert isinstance(operation.metadata, api.UpdateEndpointOperationMetadata)
    assert changed.client_connection_config.inference_timeout.seconds == 90
    found = client.get_endpoint(name=name)
    assert found.client_connection_config.inference_timeout.seconds == 90
    assert (found.display_name, found.labels) == (before.display_name, before.labels)
    with pytest.raises(exceptions.BadRequest):
        client.update_endpoint_long_running(endpoint=api.Endpoint(name=name, display_name="renamed")).result()
    assert client.get_endpoint(name=name).display_name == before.display_name
    with pytest.raises(exceptions.NotFound):
        client.update_endpoint_long_running(endpoint=api.Endpoint(name=f"{name}0", client_connection_config=connection))
