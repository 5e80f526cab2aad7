"""Checkpoints of tuned models: which one is the default, and the endpoints that tuning made for them."""

from __future__ import annotations

import warnings

from components.gcp.clients import gapic_client, genai_client
from components.gcp.cloud_settings import CloudSettings
from components.gcp.resource_names import location_of
from components.gcp.service_errors import as_service_error

OPERATION_TIMEOUT_S = 1800.0


def set_default_checkpoint(cloud: CloudSettings, model: str, checkpoint_id: str) -> None:
    """Make a checkpoint the one that is served when the model is deployed.

    Args:
        cloud: Where the model is.
        model: Registry name with version.
        checkpoint_id: `checkpointId` of one of its checkpoints.

    Raises:
        RetuneError: `SERVICE-…`.
    """
    from google.genai import types

    client = genai_client(cloud.project, location_of(model, default=cloud.location))
    with as_service_error("setting the default checkpoint", model), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        client.models.update(model=model, config=types.UpdateModelConfig(default_checkpoint_id=checkpoint_id))


def delete_endpoint(name: str) -> None:
    """Undeploy what is on an endpoint and delete it; no error when it is gone already.

    Raises:
        RetuneError: `SERVICE-…`.
    """
    from google.api_core.exceptions import NotFound
    from google.cloud.aiplatform_v1 import EndpointServiceClient

    endpoints: EndpointServiceClient = gapic_client(EndpointServiceClient, location_of(name, default="us-central1"))
    with as_service_error("removing the endpoint of a checkpoint", name):
        try:
            for deployed in endpoints.get_endpoint(name=name).deployed_models:
                endpoints.undeploy_model(endpoint=name, deployed_model_id=deployed.id).result(
                    timeout=OPERATION_TIMEOUT_S
                )
            endpoints.delete_endpoint(name=name).result(timeout=OPERATION_TIMEOUT_S)
        except NotFound:
            return
