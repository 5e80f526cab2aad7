"""Models that users bring themselves: registered with their fields, versions and aliases, and never run here.

Source: `UploadModelRequest`, `Model`, `ExportModelRequest` and `UpdateExplanationDatasetRequest` of the service's
protos.
"""

from __future__ import annotations

import re

from local_vertex.calls import Call, Handler, Json, ServiceError, failed_precondition, invalid_argument, not_found
from local_vertex.clock import timestamp
from local_vertex.context import Context, Service
from local_vertex.operations import done_operation
from local_vertex.registry.model_versions import (
    DEFAULT_ALIAS,
    KIND,
    find_version,
    location_of,
    new_version,
    split_version,
    versions_of,
)
from local_vertex.registry.version_aliases import merge_aliases
from local_vertex.resource_labels import check_labels
from local_vertex.resource_names import canonical

_ID = re.compile(r"[a-z_][a-z0-9_-]{0,62}")
_URI = re.compile(r"gs://[^/]+(/.*)?")
_LONGEST_DISPLAY_NAME = 128
_NOT_KEPT = ("name", "etag", "versionAliases", "defaultCheckpointId")


class ModelUploads(Service):
    """Uploads of models of every project, and what only such models are asked for.

    Args:
        context: Shared state.
    """

    def __init__(self, context: Context) -> None:
        self._state = context.state

    def handlers(self) -> dict[str, Handler]:
        """The service's methods by discovery identifier."""
        methods: dict[str, Handler] = {
            "upload": self.upload,
            "export": self.export,
            "updateExplanationDataset": self.update_explanation_dataset,
        }
        return {f"projects.locations.models.{name}": handler for name, handler in methods.items()}

    def upload(self, call: Call) -> Json:
        """A finished operation with the new model, or with the new version of `parentModel`.

        The first version has the alias `default`; a later one only if the request names it.

        Raises:
            ServiceError: 400 for a malformed request, 404 for the parent model, 409 for an identifier that is taken.
        """
        parent, body = call.names["parent"], call.body
        model: Json = body.get("model", {})
        _check_model(model)
        with self._state.transaction():
            name = self._name(parent, body)
            now, first = timestamp(), not versions_of(self._state, name)
            version = {
                "description": "",
                "labels": {},
                **{field: value for field, value in model.items() if field not in _NOT_KEPT},
                **dict.fromkeys(("createTime", "updateTime", "versionCreateTime", "versionUpdateTime"), now),
                "name": new_version(self._state, name),
                "modelSourceInfo": {"sourceType": "CUSTOM"},
                "versionAliases": [],
                "checkpoints": [],
            }
            version["versionId"] = split_version(version["name"])[1]
            self._state.put(KIND, version["name"], version)
            aliases = [*model.get("versionAliases", []), *([DEFAULT_ALIAS] if first else [])]
            merge_aliases(self._state, version["name"], aliases)
        response = {"model": name, "modelVersionId": version["versionId"]}
        types = ("UploadModelOperationMetadata", "UploadModelResponse")
        return done_operation(self._state, call, name, *types, response)

    def export(self, call: Call) -> Json:
        """Nothing: "A Model is considered to be exportable if it has at least one supported export format".

        Raises:
            ServiceError: 404; 400, because no model has such a format here.
        """
        version = find_version(self._state, call.names["name"])
        raise failed_precondition(f"The Model {version['name']} is not exportable: it has no supported export format.")

    def update_explanation_dataset(self, call: Call) -> Json:
        """A finished operation; the model's explanations by example use the new examples.

        Raises:
            ServiceError: 404; 400 for a model that has no explanations by example.
        """
        with self._state.transaction():
            version = find_version(self._state, call.names["model"])
            parameters = version.get("explanationSpec", {}).get("parameters", {})
            if "examples" not in parameters:
                raise failed_precondition(
                    f"The Model {version['name']} has no explanation_spec.parameters.examples to update."
                )
            parameters["examples"] |= call.body.get("examples", {})
            version["updateTime"] = timestamp()
            self._state.put(KIND, version["name"], version)
        model = split_version(version["name"])[0]
        types = ("UpdateExplanationDatasetOperationMetadata", "UpdateExplanationDatasetResponse")
        return done_operation(self._state, call, model, *types)

    def _name(self, parent: str, body: Json) -> str:
        """Name of the model, which exists if, and only if, the request says so."""
        if body.get("parentModel"):
            name = split_version(canonical(body["parentModel"]))[0]
            if location_of(name) != parent:
                raise invalid_argument(f"The parent model {name[:200]} is in another location than the upload.")
            if not versions_of(self._state, name):
                raise not_found(f"The Model does not exist: {name[:200]}")
            return name
        wanted = body.get("modelId", "")
        if wanted and not _ID.fullmatch(wanted):
            raise invalid_argument(f"Invalid model_id: {wanted[:70]!r}.")
        name = f"{parent}/models/{wanted or self._state.new_id()}"
        if versions_of(self._state, name):
            raise ServiceError(409, "ALREADY_EXISTS", f"The Model {name} exists already; name it in parent_model.")
        return name


def _check_model(model: Json) -> None:
    display_name = model.get("displayName", "")
    if not display_name or len(display_name) > _LONGEST_DISPLAY_NAME:
        raise invalid_argument(f"model.display_name is required and has at most {_LONGEST_DISPLAY_NAME} characters.")
    check_labels(model.get("labels", {}))
    if "containerSpec" in model and not model["containerSpec"].get("imageUri"):
        raise invalid_argument("model.container_spec.image_uri is missing.")
    artifacts = model.get("artifactUri")
    if artifacts and not _URI.fullmatch(artifacts):
        raise invalid_argument(f"model.artifact_uri must be a Cloud Storage URI, not {artifacts[:200]!r}.")
