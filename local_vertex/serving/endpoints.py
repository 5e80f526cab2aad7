"""Serving endpoints: create, change, deploy to, undeploy from and delete.

Source: `projects.locations.endpoints` of the service, and its pages on deploying tuned models: no machines, no
dedicated endpoints; tuned Gemini 3 models are served at the multi-regions `us` and `eu` only.
"""

from __future__ import annotations

import re

from local_vertex.access_policy import forget_policy
from local_vertex.calls import Call, Handler, Json, ServiceError, failed_precondition, invalid_argument, not_found
from local_vertex.clock import timestamp
from local_vertex.context import Context, Service
from local_vertex.http_api.list_pages import list_page
from local_vertex.http_api.update_masks import masked_fields
from local_vertex.operations import done_operation
from local_vertex.registry.model_versions import KIND as MODELS
from local_vertex.registry.model_versions import base_model_of, find_checkpoint, find_version, is_tuned, split_version
from local_vertex.resource_labels import check_labels, filter_fields
from local_vertex.resource_names import canonical
from local_vertex.serving.served_models import KIND, find_endpoint
from local_vertex.serving.traffic_splits import check_single, check_split, deploying_split, undeploying_split

_CHANGEABLE = ("displayName", "description", "labels", "trafficSplit")
_KEPT = ("displayName", "description", "labels", "encryptionSpec", "clientConnectionConfig")
_UPDATABLE = ("name", "etag", "clientConnectionConfig")
_ID = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
_MACHINES = ("dedicatedResources", "automaticResources", "sharedResources")


class Endpoints(Service):
    """Endpoints of every project.

    Args:
        context: Shared state.
    """

    def __init__(self, context: Context) -> None:
        self._state, self._settings = context.state, context.settings

    def handlers(self) -> dict[str, Handler]:
        """The service's methods by discovery identifier."""
        methods: dict[str, Handler] = {
            "create": self.create,
            "get": self.get,
            "list": self.list,
            "patch": self.patch,
            "update": self.update,
            "delete": self.delete,
            "deployModel": self.deploy_model,
            "undeployModel": self.undeploy_model,
        }
        return {f"projects.locations.endpoints.{name}": handler for name, handler in methods.items()}

    def create(self, call: Call) -> Json:
        """A finished operation with the new endpoint.

        Raises:
            ServiceError: 400, or 409 when the requested identifier is taken.
        """
        parent, body = call.names["parent"], call.body
        number = call.query.get("endpointId") or self._state.new_id()
        if not _ID.fullmatch(number):
            raise invalid_argument(f"Invalid endpoint_id: {number[:70]!r}.")
        check_labels(body.get("labels", {}))
        if not body.get("displayName"):
            raise invalid_argument("The endpoint's display_name is missing.")
        if body.get("dedicatedEndpointEnabled"):
            raise invalid_argument("Dedicated endpoints are not supported for tuned Gemini models.")
        name, now = f"{parent}/endpoints/{number}", timestamp()
        if self._state.get(KIND, name):
            raise ServiceError(409, "ALREADY_EXISTS", f"The Endpoint exists already: {name}")
        endpoint = {field: body[field] for field in _KEPT if field in body}
        endpoint |= {"name": name, "deployedModels": [], "trafficSplit": {}, "createTime": now, "updateTime": now}
        self._state.put(KIND, name, endpoint)
        return done_operation(self._state, call, name, "CreateEndpointOperationMetadata", "Endpoint", endpoint)

    def get(self, call: Call) -> Json:
        """The endpoint.

        Raises:
            ServiceError: 404.
        """
        return find_endpoint(self._state, call.names["name"])

    def list(self, call: Call) -> Json:
        """A page of the location's endpoints."""
        return list_page("endpoints", self._state.list(KIND, call.names["parent"]), call.query, self._fields)

    def _fields(self, endpoint: Json) -> dict[str, str]:
        """What endpoints are filtered by: besides their texts `endpoint`, the identifier, and `base_model_name`."""
        fields = {**filter_fields(endpoint), "endpoint": endpoint["name"].rpartition("/")[2]}
        for deployed in endpoint["deployedModels"]:
            # A checkpoint of a job that runs is deployed before its version is in the registry.
            version = self._state.get(MODELS, f"{deployed['model']}@{deployed['modelVersionId']}")
            if version is not None:
                fields["base_model_name"] = base_model_of(version).name
        return fields

    def patch(self, call: Call) -> Json:
        """The changed endpoint.

        Raises:
            ServiceError: 404, or 400 for a field that cannot change or a traffic split that is not possible.
        """
        endpoint = find_endpoint(self._state, call.names["name"])
        changes = masked_fields(call.body, call.query.get("updateMask"), _CHANGEABLE)
        check_labels(changes.get("labels") or {})
        if "trafficSplit" in changes:
            deployed = {model["id"] for model in endpoint["deployedModels"]}
            changes["trafficSplit"] = check_split(changes["trafficSplit"], deployed) if changes["trafficSplit"] else {}
            self._check_weights(changes["trafficSplit"])
        return self._put(endpoint, **changes)

    def update(self, call: Call) -> Json:
        """A finished operation with the endpoint, whose client connection is as the request says.

        "Currently we only support updating the `client_connection_config` field, all the other fields' update will be
        blocked" (`UpdateEndpointLongRunningRequest`); fields that are as they were are no update.

        Raises:
            ServiceError: 404, or 400 for another field.
        """
        endpoint, wanted = find_endpoint(self._state, call.names["name"]), call.body.get("endpoint", {})
        others = [field for field, value in wanted.items() if field not in _UPDATABLE and endpoint.get(field) != value]
        if others:
            raise invalid_argument(f"Only client_connection_config can be updated, not {others[0]}.")
        changed = self._put(endpoint, clientConnectionConfig=wanted.get("clientConnectionConfig", {}))
        types = ("UpdateEndpointOperationMetadata", "Endpoint")
        return done_operation(self._state, call, endpoint["name"], *types, changed)

    def delete(self, call: Call) -> Json:
        """A finished operation; the endpoint is gone. There is no `force` in the discovery documents.

        Raises:
            ServiceError: 404, or 400 while a model is deployed.
        """
        endpoint = find_endpoint(self._state, call.names["name"])
        if endpoint["deployedModels"]:
            raise failed_precondition(f"Endpoint {endpoint['name']} has deployed models; undeploy them first.")
        self._state.delete(KIND, endpoint["name"])
        forget_policy(self._state, endpoint["name"])
        return done_operation(self._state, call, endpoint["name"], "DeleteOperationMetadata")

    def deploy_model(self, call: Call) -> Json:
        """A finished operation with the deployed model; its default checkpoint is taken unless one is named.

        Raises:
            ServiceError: 404, or 400 for machines, a model of another location, or an impossible traffic split.
        """
        with self._state.transaction():
            endpoint = find_endpoint(self._state, call.names["endpoint"])
            requested = call.body.get("deployedModel", {})
            version = find_version(self._state, canonical(requested.get("model", "")))
            _check_deployment(endpoint, version, requested)
            checkpoint = requested.get("checkpointId") or version["defaultCheckpointId"]
            find_checkpoint(self._state, version["name"], checkpoint)
            deployed = {
                "id": requested.get("id") or self._state.new_id(),
                "model": split_version(version["name"])[0],
                "modelVersionId": version["versionId"],
                "displayName": requested.get("displayName") or version["displayName"],
                "createTime": timestamp(),
                "checkpointId": checkpoint,
            }
            if any(model["id"] == deployed["id"] for model in endpoint["deployedModels"]):
                raise invalid_argument(f"The endpoint has a deployed model {deployed['id']} already.")
            split = deploying_split(endpoint, call.body.get("trafficSplit", {}), deployed["id"])
            self._check_weights(split)
            self._put(endpoint, deployedModels=[*endpoint["deployedModels"], deployed], trafficSplit=split)
        types = ("DeployModelOperationMetadata", "DeployModelResponse")
        return done_operation(self._state, call, endpoint["name"], *types, {"deployedModel": deployed})

    def undeploy_model(self, call: Call) -> Json:
        """A finished operation; the deployed model is gone from the endpoint.

        Raises:
            ServiceError: 404, or 400 when it has traffic that the call gives to no other.
        """
        with self._state.transaction():
            endpoint = find_endpoint(self._state, call.names["endpoint"])
            gone = call.body.get("deployedModelId", "")
            left = [model for model in endpoint["deployedModels"] if model["id"] != gone]
            if len(left) == len(endpoint["deployedModels"]):
                raise not_found(f"Endpoint {endpoint['name']} has no deployed model {gone[:70]!r}.")
            split = undeploying_split(endpoint, call.body.get("trafficSplit", {}), gone)
            self._check_weights(split)
            self._put(endpoint, deployedModels=left, trafficSplit=split)
        types = ("UndeployModelOperationMetadata", "UndeployModelResponse")
        return done_operation(self._state, call, endpoint["name"], *types)

    def _check_weights(self, split: dict[str, int]) -> None:
        if self._settings.weighted_traffic == "refuse":
            check_single(split)

    def _put(self, endpoint: Json, **fields: object) -> Json:
        changed = {**endpoint, **fields, "updateTime": timestamp()}
        self._state.put(KIND, endpoint["name"], changed)
        return changed


def _check_deployment(endpoint: Json, version: Json, requested: Json) -> None:
    if not is_tuned(version):
        raise ServiceError(501, "UNIMPLEMENTED", "local Vertex runs no containers: uploaded models cannot be deployed.")
    base_model = base_model_of(version)
    if base_model.is_open:
        message = "local Vertex has no accelerators: weights of open models cannot be deployed."
        raise ServiceError(501, "UNIMPLEMENTED", message)
    if used := [field for field in _MACHINES if field in requested]:
        raise invalid_argument(f"{used[0]} is not supported for tuned Gemini models: they are served without machines.")
    trained, serving = version["name"].split("/")[3], endpoint["name"].split("/")[3]
    if serving != base_model.serving_location(trained):
        raise failed_precondition(
            f"Models tuned from {base_model.name} in {trained} can be deployed to endpoints in "
            f"{base_model.serving_location(trained)} only, and {endpoint['name']} is in {serving}."
        )
