"""The model registry: versions, aliases, labels, checkpoints, copies and deletion of tuned models.

Source: `projects.locations.models` of the service. A version keeps its fields for itself; a name without version means
the version with the alias `default`.
"""

from __future__ import annotations

from collections.abc import Sequence

from local_vertex.access_policy import forget_policy
from local_vertex.calls import Call, Handler, Json, failed_precondition, invalid_argument
from local_vertex.clock import timestamp
from local_vertex.context import Context, Service
from local_vertex.http_api.list_pages import list_page
from local_vertex.http_api.update_masks import masked_fields
from local_vertex.operations import done_operation
from local_vertex.registry.model_versions import (
    CHECKPOINTS,
    DEFAULT_ALIAS,
    EVALUATIONS,
    KIND,
    add_version,
    base_model_of,
    deployments_of,
    find_checkpoint,
    find_version,
    is_tuned,
    location_of,
    new_version,
    split_version,
    versions_of,
)
from local_vertex.registry.version_aliases import merge_aliases
from local_vertex.resource_labels import check_labels, filter_fields
from local_vertex.resource_names import canonical

_CHANGEABLE = ("labels", "displayName", "description", "versionDescription", "defaultCheckpointId")


class Models(Service):
    """Models of every project.

    Args:
        context: Shared state.
    """

    def __init__(self, context: Context) -> None:
        self._context, self._state = context, context.state

    def handlers(self) -> dict[str, Handler]:
        """The service's methods by discovery identifier."""
        methods: dict[str, Handler] = {
            "get": self.get,
            "list": self.list,
            "listVersions": self.list_versions,
            "listCheckpoints": self.list_checkpoints,
            "patch": self.patch,
            "mergeVersionAliases": self.merge_version_aliases,
            "copy": self.copy,
            "delete": self.delete,
            "deleteVersion": self.delete_version,
        }
        return {f"projects.locations.models.{name}": handler for name, handler in methods.items()}

    def get(self, call: Call) -> Json:
        """The version that the name means.

        Raises:
            ServiceError: 404.
        """
        return self._shown(find_version(self._state, call.names["name"]), with_version="@" in call.names["name"])

    def list(self, call: Call) -> Json:
        """A page of the location's models, each by its default version."""
        models = [
            self._shown(version, with_version=False)
            for version in self._state.list(KIND, call.names["parent"])
            if DEFAULT_ALIAS in version["versionAliases"]
        ]
        return list_page("models", models, call.query, _fields)

    def list_versions(self, call: Call) -> Json:
        """A page of the model's versions, oldest first."""
        model = split_version(find_version(self._state, call.names["name"])["name"])[0]
        versions = [self._shown(version, with_version=True) for version in versions_of(self._state, model)]
        return list_page("models", versions, call.query, filter_fields)

    def list_checkpoints(self, call: Call) -> Json:
        """A page of the version's checkpoints."""
        version = find_version(self._state, call.names["name"])
        return list_page("checkpoints", version["checkpoints"], call.query, filter_fields)

    def patch(self, call: Call) -> Json:
        """The changed version; without a mask every changeable field of the body counts, as google-genai sends it."""
        version = find_version(self._state, call.names["name"])
        changes = masked_fields(call.body, call.query.get("updateMask"), _CHANGEABLE)
        check_labels(changes.get("labels") or {})
        if "defaultCheckpointId" in changes:
            find_checkpoint(self._state, version["name"], changes["defaultCheckpointId"])
        version |= {**changes, "updateTime": timestamp(), "versionUpdateTime": timestamp()}
        self._state.put(KIND, version["name"], version)
        return self._shown(version, with_version="@" in call.names["name"])

    def merge_version_aliases(self, call: Call) -> Json:
        """The version with its aliases; an alias leaves the version that had it, `-alias` only removes it.

        Raises:
            ServiceError: 404, or 400 for a malformed alias and for taking `default` away.
        """
        merge_aliases(self._state, call.names["name"], call.body.get("versionAliases", []))
        return self.get(call)

    def copy(self, call: Call) -> Json:
        """An operation with the copy: a model of its own (`modelId`), or a version of `parentModel`.

        Aliases, evaluations, deployments, the key and the custom identifier are not carried over; checkpoints and their
        default are. A copy changes the project or the location; both take two copies.

        Raises:
            ServiceError: 404 for the source, 400 for both changes at once, a location that does not serve the base
                model, and a model that exists already or does not.
        """
        parent, body = call.names["parent"], call.body
        with self._state.transaction():
            source = find_version(self._state, canonical(body.get("sourceModel", "")))
            _check_hop(source["name"], parent)
            if is_tuned(source):
                base_model_of(source).serving_location(parent.rpartition("/")[2])
            name = (
                canonical(body.get("parentModel", ""))
                or f"{parent}/models/{body.get('modelId') or self._state.new_id()}"
            )
            if location_of(name) != parent:
                raise invalid_argument(f"The parent model {name} is in another location than the copy.")
            existing = versions_of(self._state, name)
            if bool(existing) != bool(body.get("parentModel")):
                raise failed_precondition(f"The Model {name} {'exists already' if existing else 'does not exist'}.")
            checkpoints = [
                find_checkpoint(self._state, source["name"], checkpoint["checkpointId"])
                for checkpoint in source["checkpoints"]
            ]
            now = timestamp()
            times = dict.fromkeys(("createTime", "updateTime", "versionCreateTime", "versionUpdateTime"), now)
            source_info = {**source["modelSourceInfo"], "copy": True}
            copied = {**source, **times, "name": new_version(self._state, name), "modelSourceInfo": source_info}
            # The copy is encrypted as the request says, not as the source was.
            copied.pop("encryptionSpec", None)
            copied |= {"encryptionSpec": body["encryptionSpec"]} if "encryptionSpec" in body else {}
            version = add_version(self._state, copied, checkpoints)
        response = {"model": name, "modelVersionId": version["versionId"]}
        return self._operation(call, parent, "CopyModelOperationMetadata", "CopyModelResponse", response)

    def delete(self, call: Call) -> Json:
        """A finished operation; the model is gone with all its versions.

        Raises:
            ServiceError: 404, or 400 while a version is deployed.
        """
        model = split_version(find_version(self._state, call.names["name"])["name"])[0]
        self._remove(versions_of(self._state, model))
        forget_policy(self._state, model)
        return self._operation(call, model, "DeleteOperationMetadata")

    def delete_version(self, call: Call) -> Json:
        """A finished operation; the version is gone.

        Raises:
            ServiceError: 404, or 400 while it is deployed or the default of several.
        """
        version = find_version(self._state, call.names["name"])
        model = split_version(version["name"])[0]
        if DEFAULT_ALIAS in version["versionAliases"]:
            raise failed_precondition(
                "The default version of a model cannot be deleted; give the alias to another one, or delete the model."
            )
        self._remove([version])
        return self._operation(call, model, "DeleteOperationMetadata")

    def _remove(self, versions: Sequence[Json]) -> None:
        for version in versions:
            if deployed := deployments_of(self._state, version):
                raise failed_precondition(
                    f"The Model {version['name']} is deployed to {deployed[0]['endpoint']}; undeploy it first."
                )
        files = set()
        with self._state.transaction():
            for version in versions:
                for checkpoint in version["checkpoints"]:
                    files.add(find_checkpoint(self._state, version["name"], checkpoint["checkpointId"])["file"])
                    self._state.delete(CHECKPOINTS, f"{version['name']}/checkpoints/{checkpoint['checkpointId']}")
                for evaluation in self._state.list(EVALUATIONS, version["name"]):
                    number = evaluation["name"].rpartition("/")[2]
                    self._state.delete(EVALUATIONS, f"{version['name']}/evaluations/{number}")
                self._state.delete(KIND, version["name"])
        # A copy has the same files.
        used = {checkpoint["file"] for checkpoint in self._state.list(CHECKPOINTS, "projects")}
        for file in files - used:
            (self._context.directory / file).unlink(missing_ok=True)

    def _operation(
        self, call: Call, parent: str, metadata_type: str, response_type: str = "", response: Json | None = None
    ) -> Json:
        return done_operation(self._state, call, parent, metadata_type, response_type, response)

    def _shown(self, version: Json, *, with_version: bool) -> Json:
        name = version["name"] if with_version else split_version(version["name"])[0]
        return {**version, "name": name, "deployedModels": deployments_of(self._state, version)}


def _fields(version: Json) -> dict[str, str]:
    """What models are filtered by: besides their texts `model`, the identifier, and `base_model_name`."""
    base = {"base_model_name": base_model_of(version).name} if is_tuned(version) else {}
    return {**filter_fields(version), "model": version["name"].rpartition("/")[2], **base}


def _check_hop(source: str, parent: str) -> None:
    """Source: the service's page "Copy models in Vertex AI Model Registry"."""
    _, project, _, location, *_ = source.split("/")
    _, to_project, _, to_location = parent.split("/")
    if project != to_project and location != to_location:
        raise failed_precondition(
            f"A model cannot be copied to another project and another region at once; copy it to {to_location} first."
        )
