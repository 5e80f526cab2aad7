"""Serving endpoints: which model versions are deployed where, and who gets the traffic."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from components.gcp.clients import gapic_client
from components.gcp.cloud_settings import CloudSettings
from components.gcp.service_errors import as_service_error

if TYPE_CHECKING:
    from google.cloud.aiplatform_v1 import EndpointServiceClient

OPERATION_TIMEOUT_S = 1800.0


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
    """Endpoints of one project and region."""

    def __init__(self, cloud: CloudSettings) -> None:
        from google.cloud.aiplatform_v1 import EndpointServiceClient

        self._key = cloud.kms_key
        self._parent = f"projects/{cloud.project}/locations/{cloud.location}"
        self._endpoints: EndpointServiceClient = gapic_client(EndpointServiceClient, cloud.location)

    def find_or_create(self, display_name: str, labels: dict[str, str]) -> str:
        """Resource name of the endpoint with that display name; it is made when there is none."""
        from google.cloud.aiplatform_v1.types import EncryptionSpec, Endpoint, ListEndpointsRequest

        with as_service_error("finding the serving endpoint", display_name):
            wanted = ListEndpointsRequest(parent=self._parent, filter=f'display_name="{display_name}"')
            for endpoint in self._endpoints.list_endpoints(wanted):
                if endpoint.display_name == display_name:
                    return str(endpoint.name)
            key = EncryptionSpec(kms_key_name=self._key) if self._key else None
            endpoint = Endpoint(display_name=display_name, labels=labels, encryption_spec=key)
            created = self._endpoints.create_endpoint(parent=self._parent, endpoint=endpoint)
            return str(created.result(timeout=OPERATION_TIMEOUT_S).name)

    def deployments(self, endpoint: str) -> list[Deployment]:
        """What is deployed on the endpoint now."""
        with as_service_error("reading the serving endpoint", endpoint):
            found = self._endpoints.get_endpoint(name=endpoint)
        return [
            Deployment(
                deployed.id,
                f"{deployed.model}@{deployed.model_version_id}" if "@" not in deployed.model else deployed.model,
                int(found.traffic_split.get(deployed.id, 0)),
            )
            for deployed in found.deployed_models
        ]

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
            operation = self._endpoints.deploy_model(
                endpoint=endpoint,
                deployed_model=DeployedModel(model=model, display_name=display_name),
                traffic_split=traffic_split,
            )
            return str(operation.result(timeout=OPERATION_TIMEOUT_S).deployed_model.id)

    def undeploy(self, endpoint: str, deployed_model_id: str, traffic_split: dict[str, int]) -> None:
        """Take a deployment off the endpoint and give its traffic to the others."""
        with as_service_error("undeploying the model", endpoint):
            self._endpoints.undeploy_model(
                endpoint=endpoint, deployed_model_id=deployed_model_id, traffic_split=traffic_split
            ).result(timeout=OPERATION_TIMEOUT_S)

    def set_traffic(self, endpoint: str, traffic_split: dict[str, int]) -> None:
        """Replace the traffic split; percentages by deployed-model identifier add up to 100."""
        from google.cloud.aiplatform_v1.types import Endpoint
        from google.protobuf.field_mask_pb2 import FieldMask

        with as_service_error("changing the traffic split", endpoint):
            self._endpoints.update_endpoint(
                endpoint=Endpoint(name=endpoint, traffic_split=traffic_split),
                update_mask=FieldMask(paths=["traffic_split"]),
            )
