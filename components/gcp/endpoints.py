"""Serving endpoints: which model versions are deployed where, and who gets the traffic."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from components.errors import RetuneError
from components.gcp.clients import gapic_client
from components.gcp.cloud_settings import CloudSettings
from components.gcp.resource_names import location_of
from components.gcp.service_errors import as_service_error

if TYPE_CHECKING:
    from google.cloud.aiplatform_v1 import EndpointServiceClient
    from google.cloud.aiplatform_v1.types import Endpoint

OPERATION_TIMEOUT_S = 1800.0
CREATION_S = 120.0
"""How long an endpoint that another run makes may take until it can be read."""


@dataclass(frozen=True)
class Deployment:
    """One model version on an endpoint.

    Attributes:
        deployed_model_id: Identifier inside the endpoint.
        model: Registry name with version.
        traffic: Share of the requests, 0 to 100.
    """

    deployed_model_id: str
    model: str
    traffic: int


class Endpoints:
    """Endpoints of one project, in its region and in the multi-regions where newer models answer.

    Args:
        cloud: The project; endpoints are looked for in its region where no other location is named.
    """

    def __init__(self, cloud: CloudSettings) -> None:
        self._cloud = cloud
        self._clients: dict[str, EndpointServiceClient] = {}

    def find(self, display_name: str, location: str = "") -> str:
        """Resource name of the endpoint with that display name; empty when there is none."""
        from google.cloud.aiplatform_v1.types import ListEndpointsRequest

        with as_service_error("finding the serving endpoint", display_name):
            wanted = ListEndpointsRequest(parent=self._parent(location), filter=f'display_name="{display_name}"')
            for endpoint in self._client(location or self._cloud.location).list_endpoints(wanted):
                if endpoint.display_name == display_name:
                    return str(endpoint.name)
        return ""

    def find_or_create(self, display_name: str, labels: dict[str, str], location: str = "") -> str:
        """Resource name of the endpoint with that display name; it is made when there is none.

        Its identifier follows from the name, so of two runs that find none the service lets one make it, and the other
        takes that one (HTTP 409).

        Raises:
            RetuneError: `SERVICE-REFUSED`, an endpoint of another name has the identifier; `SERVICE-…`.
        """
        from google.api_core.exceptions import Conflict
        from google.cloud.aiplatform_v1.types import CreateEndpointRequest, EncryptionSpec, Endpoint

        found = self.find(display_name, location)
        if found:
            return found
        key = self._cloud.key_in(location or self._cloud.location)
        spec = EncryptionSpec(kms_key_name=key) if key else None
        parent, number = self._parent(location), endpoint_number(display_name)
        request = CreateEndpointRequest(
            parent=parent,
            endpoint=Endpoint(display_name=display_name, labels=labels, encryption_spec=spec),
            endpoint_id=number,
        )
        with as_service_error("creating the serving endpoint", display_name):
            try:
                created = self._client(location or self._cloud.location).create_endpoint(request)
                return str(created.result(timeout=OPERATION_TIMEOUT_S).name)
            except Conflict:
                other = self._made_by_another(f"{parent}/endpoints/{number}")
                if other.display_name != display_name:
                    raise
                return str(other.name)

    def _made_by_another(self, endpoint: str) -> Endpoint:
        """The endpoint as soon as it can be read: another run may be making it at this moment."""
        from google.api_core.exceptions import NotFound
        from google.api_core.retry import Retry, if_exception_type

        patient = Retry(if_exception_type(NotFound), timeout=CREATION_S)
        return self._of(endpoint).get_endpoint(name=endpoint, retry=patient)

    def exists(self, endpoint: str) -> bool:
        """Whether there is such an endpoint."""
        from google.api_core.exceptions import NotFound

        try:
            with as_service_error("reading the endpoint", endpoint):
                self._of(endpoint).get_endpoint(name=endpoint)
        except RetuneError as error:
            if isinstance(error.__cause__, NotFound):
                return False
            raise
        return True

    def deployments(self, endpoint: str) -> list[Deployment]:
        """What is deployed on the endpoint now."""
        with as_service_error("reading the serving endpoint", endpoint):
            found = self._of(endpoint).get_endpoint(name=endpoint)
        return [
            Deployment(
                deployed.id,
                f"{deployed.model}@{deployed.model_version_id}" if "@" not in deployed.model else deployed.model,
                int(found.traffic_split.get(deployed.id, 0)),
            )
            for deployed in found.deployed_models
        ]

    def labels(self, endpoint: str) -> dict[str, str]:
        """Labels of the endpoint."""
        with as_service_error("reading the serving endpoint", endpoint):
            return dict(self._of(endpoint).get_endpoint(name=endpoint).labels)

    def set_labels(self, endpoint: str, labels: dict[str, str]) -> None:
        """Merge labels into the endpoint's labels."""
        from google.cloud.aiplatform_v1.types import Endpoint
        from google.protobuf.field_mask_pb2 import FieldMask

        merged = {**self.labels(endpoint), **labels}
        with as_service_error("labelling the serving endpoint", endpoint):
            self._of(endpoint).update_endpoint(
                endpoint=Endpoint(name=endpoint, labels=merged), update_mask=FieldMask(paths=["labels"])
            )

    def deploy(self, endpoint: str, model: str, display_name: str, traffic_split: dict[str, int]) -> str:
        """Deploy a model version and return its deployed-model identifier.

        Args:
            endpoint: Resource name.
            model: Registry name with version; its default checkpoint is deployed.
            display_name: Name of the deployment.
            traffic_split: Percent by deployed-model identifier, `"0"` for the new one; adds up to 100.
        """
        from google.cloud.aiplatform_v1.types import DeployedModel

        with as_service_error("deploying the model", endpoint):
            operation = self._of(endpoint).deploy_model(
                endpoint=endpoint,
                deployed_model=DeployedModel(model=model, display_name=display_name),
                traffic_split=traffic_split,
            )
            return str(operation.result(timeout=OPERATION_TIMEOUT_S).deployed_model.id)

    def undeploy(self, endpoint: str, deployed_model_id: str, traffic_split: dict[str, int]) -> None:
        """Take a deployment off the endpoint and give its traffic to the others."""
        with as_service_error("undeploying the model", endpoint):
            self._of(endpoint).undeploy_model(
                endpoint=endpoint, deployed_model_id=deployed_model_id, traffic_split=traffic_split
            ).result(timeout=OPERATION_TIMEOUT_S)

    def set_traffic(self, endpoint: str, traffic_split: dict[str, int]) -> None:
        """Replace the traffic split; percentages by deployed-model identifier add up to 100."""
        from google.cloud.aiplatform_v1.types import Endpoint
        from google.protobuf.field_mask_pb2 import FieldMask

        with as_service_error("changing the traffic split", endpoint):
            self._of(endpoint).update_endpoint(
                endpoint=Endpoint(name=endpoint, traffic_split=traffic_split),
                update_mask=FieldMask(paths=["traffic_split"]),
            )

    def delete(self, endpoint: str) -> None:
        """Delete an endpoint on which nothing is deployed any more; the service refuses any other."""
        with as_service_error("deleting the endpoint", endpoint):
            self._of(endpoint).delete_endpoint(name=endpoint).result(timeout=OPERATION_TIMEOUT_S)

    def _of(self, endpoint: str) -> EndpointServiceClient:
        return self._client(location_of(endpoint, default=self._cloud.location))

    def _client(self, location: str) -> EndpointServiceClient:
        from google.cloud.aiplatform_v1 import EndpointServiceClient

        if location not in self._clients:
            self._clients[location] = gapic_client(EndpointServiceClient, location)
        return self._clients[location]

    def _parent(self, location: str) -> str:
        return f"projects/{self._cloud.project}/locations/{location or self._cloud.location}"


def endpoint_number(display_name: str) -> str:
    """The identifier of the endpoint of that name, the same that Terraform gives it (`terraform/modules/serving`).

    Nine digits not starting with zero: the service's reference allows that many (`CreateEndpointRequest.endpoint_id`,
    google-cloud-aiplatform 1.165.1), the Terraform provider's ten.
    """
    return str(100_000_000 + int(hashlib.sha256(display_name.encode()).hexdigest()[:7], 16))
