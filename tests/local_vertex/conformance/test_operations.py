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
