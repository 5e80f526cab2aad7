"""What every low-level client has: locations, and access policies of models and endpoints."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from google.api_core import exceptions
from google.cloud.location import locations_pb2
from google.iam.v1 import iam_policy_pb2, policy_pb2

if TYPE_CHECKING:
    from tests.local_vertex.conformance.target import Target

SERVICES = (
    "GenAiTuningService",
    "ModelService",
    "EndpointService",
    "PredictionService",
    "LlmUtilityService",
    "EvaluationService",
    "JobService",
    "PipelineService",
    "ScheduleService",
)
BINDING = policy_pb2.Binding(role="roles/aiplatform.user", members=["allAuthenticatedUsers"])


@pytest.fixture(params=SERVICES)
def client(request: pytest.FixtureRequest, target: Target, api: Any) -> Any:
    """The client of each service that there is in the version."""
    name = f"{request.param}Client"
    return target.gapic(getattr(api, name))


def test_locations(target: Target, client: Any) -> None:
    found = client.get_location(locations_pb2.GetLocationRequest(name=target.parent))
    assert (found.location_id, found.name.endswith(f"/locations/{target.location}")) == (target.location, True)
    project = target.parent.partition("/locations/")[0]
    listed = client.list_locations(locations_pb2.ListLocationsRequest(name=project, page_size=100))
    assert {"us-central1", "europe-west4"} <= {location.location_id for location in listed.locations}
    with pytest.raises(exceptions.NotFound):
        client.get_location(locations_pb2.GetLocationRequest(name=f"{project}/locations/nowhere"))


@pytest.fixture
def _sends_policies(api: Any) -> None:
    """In google-cloud-aiplatform 1.165 `get_iam_policy` of the beta clients raises a KeyError before it sends."""
    if "v1beta1" in api.__name__:
        pytest.skip("the beta clients fail before they send")


@pytest.mark.usefixtures("_sends_policies")
def test_policies_of_models(model: str, client: Any) -> None:
    read = client.get_iam_policy(iam_policy_pb2.GetIamPolicyRequest(resource=model))
    wanted = policy_pb2.Policy(bindings=[*read.bindings, BINDING], etag=read.etag)
    client.set_iam_policy(iam_policy_pb2.SetIamPolicyRequest(resource=model, policy=wanted))
    assert BINDING in client.get_iam_policy(iam_policy_pb2.GetIamPolicyRequest(resource=model)).bindings
    asked = iam_policy_pb2.TestIamPermissionsRequest(resource=model, permissions=["aiplatform.models.get"])
    assert list(client.test_iam_permissions(asked).permissions) == ["aiplatform.models.get"]
    outdated = iam_policy_pb2.SetIamPolicyRequest(resource=model, policy=wanted)
    with pytest.raises((exceptions.Aborted, exceptions.Conflict), match="concurrent policy changes"):
        client.set_iam_policy(outdated)


@pytest.mark.usefixtures("_sends_policies")
def test_policies_of_endpoints(target: Target, new_endpoint: Callable[[], str], api: Any) -> None:
    client, endpoint = target.gapic(api.EndpointServiceClient), new_endpoint()
    policy = policy_pb2.Policy(bindings=[BINDING])
    client.set_iam_policy(iam_policy_pb2.SetIamPolicyRequest(resource=endpoint, policy=policy))
    assert list(client.get_iam_policy(iam_policy_pb2.GetIamPolicyRequest(resource=endpoint)).bindings) == [BINDING]


@pytest.mark.usefixtures("_sends_policies")
@pytest.mark.stand_in_only("sets a policy that the service would take for a mistake of its own")
def test_a_malformed_policy_is_refused(target: Target, model: str, api: Any) -> None:
    client = target.gapic(api.ModelServiceClient)
    condition = {"expression": "true"}
    for binding in (
        {"role": "viewer", "members": ["allUsers"]},
        {"role": "roles/viewer", "members": ["someone"]},
        {"role": "roles/viewer", "members": ["allUsers"], "condition": condition},
    ):
        request = iam_policy_pb2.SetIamPolicyRequest(resource=model, policy=policy_pb2.Policy(bindings=[binding]))
        with pytest.raises(exceptions.BadRequest):
            client.set_iam_policy(request)
    assert not client.get_iam_policy(iam_policy_pb2.GetIamPolicyRequest(resource=model)).bindings
