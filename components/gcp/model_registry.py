"""The model registry: versions of models with their aliases and labels, copies between registries, deletion."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING

from components.errors import RetuneError
from components.gcp.clients import gapic_client
from components.gcp.cloud_settings import CloudSettings
from components.gcp.resource_names import without_version
from components.gcp.service_errors import as_service_error

if TYPE_CHECKING:
    from google.cloud.aiplatform_v1 import ModelServiceClient
    from google.cloud.aiplatform_v1.types import Model

OPERATION_TIMEOUT_S = 1800.0


@dataclass(frozen=True)
class RegisteredModel:
    """A model version in the registry.

    Attributes:
        model: Registry name with version.
        aliases: Its aliases, `default` included.
        labels: Its labels.
        deployed_to: Endpoints that it is deployed to, as far as the service tells.
        created_at: Seconds since the epoch.
    """

    model: str
    aliases: frozenset[str]
    labels: dict[str, str]
    deployed_to: tuple[str, ...]
    created_at: float


class ModelRegistry:
    """Model versions of one project and region."""

    def __init__(self, cloud: CloudSettings) -> None:
        from google.cloud.aiplatform_v1 import ModelServiceClient

        self._cloud = cloud
        self._models: ModelServiceClient = gapic_client(ModelServiceClient, cloud.location)

    def find(self, model: str) -> RegisteredModel | None:
        """The version that a name means, with or without version; None when it is gone."""
        from google.api_core.exceptions import NotFound

        try:
            with as_service_error("reading the model version", model):
                return _registered(self._models.get_model(name=model))
        except RetuneError as error:
            if isinstance(error.__cause__, NotFound):
                return None
            raise

    def labelled(self, key: str, value: str) -> list[RegisteredModel]:
        """Every version of the models that carry a label."""
        from google.cloud.aiplatform_v1.types import ListModelsRequest

        parent = f"projects/{self._cloud.project}/locations/{self._cloud.location}"
        with as_service_error("listing the models", parent):
            listed = self._models.list_models(ListModelsRequest(parent=parent, filter=f'labels.{key}="{value}"'))
            names = [without_version(str(one.name)) for one in listed]
            versions = [version for name in names for version in self._models.list_model_versions(name=name)]
        return [_registered(version) for version in versions if version.labels.get(key) == value]

    def aliases(self, model: str) -> list[str]:
        """Aliases of the model version, `default` included."""
        with as_service_error("reading the model version", model):
            return list(self._models.get_model(name=model).version_aliases)

    def set_alias(self, model: str, alias: str) -> None:
        """Give the version an alias; another version of the same model loses it.

        An alias belongs to one version of one model, so the same alias may exist on another model.
        """
        with as_service_error("setting the model alias", model):
            self._models.merge_version_aliases(name=model, version_aliases=[alias])

    def remove_alias(self, model: str, alias: str) -> None:
        """Take the alias from the version; no error when it has none."""
        if alias not in self.aliases(model):
            return
        with as_service_error("removing the model alias", model):
            self._models.merge_version_aliases(name=model, version_aliases=[f"-{alias}"])

    def set_labels(self, model: str, labels: dict[str, str], without: Collection[str] = ()) -> None:
        """Merge labels into the model's labels, and take those keys out."""
        from google.cloud.aiplatform_v1.types import Model
        from google.protobuf.field_mask_pb2 import FieldMask

        with as_service_error("labelling the model", model):
            current = self._models.get_model(name=model)
            kept = {key: value for key, value in current.labels.items() if key not in without}
            change = Model(name=without_version(model), labels={**kept, **labels})
            self._models.update_model(model=change, update_mask=FieldMask(paths=["labels"]))

    def copy(self, source: str, model_id: str) -> str:
        """Copy a version into this registry and return the copy's name with version; an earlier copy is found again.

        Checkpoints and their default come along; aliases, evaluations and deployments do not (the service's page
        "Copy models in Vertex AI Model Registry"). Nor does the key: the copy gets this registry's. A copy changes the
        project or the region, never both.

        Args:
            source: Registry name with version, of this project or of this region.
            model_id: Identifier of the copy: the same one is the same copy.
        """
        from google.cloud.aiplatform_v1.types import CopyModelRequest, EncryptionSpec

        parent = f"projects/{self._cloud.project}/locations/{self._cloud.location}"
        found = self.find(f"{parent}/models/{model_id}")
        if found:
            return found.model
        key = self._cloud.key_in(self._cloud.location)
        spec = EncryptionSpec(kms_key_name=key) if key else None
        request = CopyModelRequest(parent=parent, source_model=source, model_id=model_id, encryption_spec=spec)
        with as_service_error("copying the model", source):
            made = self._models.copy_model(request).result(timeout=OPERATION_TIMEOUT_S)
        return f"{made.model}@{made.model_version_id}"

    def delete(self, model: str) -> None:
        """Delete the version, or its whole model when it is the only version; refused while it is deployed."""
        name = without_version(model)
        with as_service_error("deleting the model", model):
            versions = list(self._models.list_model_versions(name=name))
            if len(versions) == 1:
                self._models.delete_model(name=name).result(timeout=OPERATION_TIMEOUT_S)
            else:
                self._models.delete_model_version(name=model).result(timeout=OPERATION_TIMEOUT_S)


def _registered(model: Model) -> RegisteredModel:
    return RegisteredModel(
        model=f"{without_version(str(model.name))}@{model.version_id}",
        aliases=frozenset(model.version_aliases),
        labels=dict(model.labels),
        deployed_to=tuple(str(one.endpoint) for one in model.deployed_models),
        created_at=model.version_create_time.timestamp(),
    )
