"""Changes of deployed models: they are about machines and containers, which tuned Gemini models do not have.

Source: `MutateDeployedModelRequest` of the service's protos for the fields that can be changed. That they are refused
for a tuned Gemini model follows from the service's pages on deploying them, the sentence is an own one.
"""

from __future__ import annotations

from local_vertex.calls import Call, Handler, Json, failed_precondition, invalid_argument, not_found
from local_vertex.context import Context, Service
from local_vertex.http_api.schema_check import camel
from local_vertex.serving.served_models import find_endpoint

_OF_MACHINES = ("dedicatedResources", "automaticResources", "disableContainerLogging", "enableContainerLogging")


class DeploymentChanges(Service):
    """Changes of deployed models.

    Args:
        context: Shared state.
    """

    def __init__(self, context: Context) -> None:
        self._state = context.state

    def handlers(self) -> dict[str, Handler]:
        """The service's methods by discovery identifier."""
        return {"projects.locations.endpoints.mutateDeployedModel": self.mutate}

    def mutate(self, call: Call) -> Json:
        """Nothing.

        Raises:
            ServiceError: 404 for the endpoint or the deployed model; 400 for a mask that is missing or names what
                cannot be changed, and for what a tuned Gemini model does not have.
        """
        endpoint = find_endpoint(self._state, call.names["endpoint"])
        wanted = call.body.get("deployedModel", {}).get("id", "")
        if all(model["id"] != wanted for model in endpoint["deployedModels"]):
            raise not_found(f"Endpoint {endpoint['name']} has no deployed model {wanted[:70]!r}.")
        paths = [path for path in call.body.get("updateMask", "").split(",") if path]
        if not paths:
            raise invalid_argument("update_mask is missing.")
        for path in paths:
            if camel(path.split(".")[0]) not in _OF_MACHINES:
                raise invalid_argument(f"Invalid update_mask: {path[:100]!r} cannot be changed.")
        raise failed_precondition(
            f"{paths[0][:100]} is not supported for tuned Gemini models: they are served without machines."
        )
