"""Long-running operations through the methods that every low-level client has."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from google.api_core import exceptions
from google.longrunning import operations_pb2

if TYPE_CHECKING:
    from tests.local_vertex.conformance.target import Target


def test_an_operation_is_read_listed_awaited_and_forgotten(
    target: Target, tuned_model: str, new_endpoint: Callable[[], str], api: Any
) -> None:
    client, endpoint = target.gapic(api.EndpointServiceClient), new_endpoint()
    started = client.deploy_model(endpoint=endpoint, deployed_model=api.DeployedModel(model=tuned_model))
    started.result()
    name = started.operation.name
    assert client.get_operation(operations_pb2.GetOperationRequest(name=name)).done
    assert client.wait_operation(operations_pb2.WaitOperationRequest(name=name)).done
    listed = client.list_operations(operations_pb2.ListOperationsRequest(name=name.partition("/operations/")[0]))
    assert name in [operation.name for operation in listed.operations]
    # What has ended is not cancelled, which the service does not report.
    client.cancel_operation(operations_pb2.CancelOperationRequest(name=name))
    assert client.get_operation(operations_pb2.GetOperationRequest(name=name)).done
    client.delete_operation(operations_pb2.DeleteOperationRequest(name=name))
    with pytest.raises(exceptions.NotFound):
        client.get_operation(operations_pb2.GetOperationRequest(name=name))


def test_operations_are_listed_page_by_page(target: Target, new_endpoint: Callable[[], str], api: Any) -> None:
    client, endpoint = target.gapic(api.EndpointServiceClient), new_endpoint()
    for number in range(2):
        connection = {"inference_timeout": {"seconds": 100 + number}}
        changed = api.Endpoint(name=endpoint, client_connection_config=connection)
        client.update_endpoint_long_running(endpoint=changed).result()
    seen, token = [], ""
    for _ in range(3):
        request = operations_pb2.ListOperationsRequest(name=endpoint, page_size=1, page_token=token)
        page = client.list_operations(request)
        assert len(page.operations) == 1
        seen += [operation.name for operation in page.operations]
        token = page.next_page_token
    assert (len(set(seen)), token) == (3, "")


@pytest.mark.stand_in_only("the service does not say what operations are filtered by")
def test_operations_are_filtered(target: Target, new_endpoint: Callable[[], str], api: Any) -> None:
    client, endpoint = target.gapic(api.EndpointServiceClient), new_endpoint()
    for chosen, count in (
        ("done=true", 1),
        ("done=false", 0),
        ('metadata.generic_metadata.create_time>"2020-01-01T00:00:00Z"', 1),
        ('metadata.generic_metadata.create_time<"2020-01-01T00:00:00Z"', 0),
    ):
        request = operations_pb2.ListOperationsRequest(name=endpoint, filter=chosen)
        assert len(client.list_operations(request).operations) == count
    with pytest.raises(exceptions.BadRequest):
        client.list_operations(operations_pb2.ListOperationsRequest(name=endpoint, filter="done ="))
