"""The model registry: aliases and labels of model versions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from components.gcp.clients import gapic_client
from components.gcp.cloud_settings import CloudSettings
from components.gcp.resource_names import without_version
from components.gcp.service_errors import as_service_error

if TYPE_CHECKING:
    from google.cloud.aiplatform_v1 import ModelServiceClient


class ModelRegistry:
    """Model versions of one project and region."""

    def __init__(self, cloud: CloudSettings) -> None:
        from google.cloud.aiplatform_v1 import ModelServiceClient

        self._models: ModelServiceClient = gapic_client(ModelServiceClient, cloud.location)

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

    def set_labels(self, model: str, labels: dict[str, str]) -> None:
        """Merge labels into the model's labels."""
        from google.cloud.aiplatform_v1.types import Model
        from google.protobuf.field_mask_pb2 import FieldMask

        with as_service_error("labelling the model", model):
            current = self._models.get_model(name=model)
            change = Model(name=without_version(model), labels={**current.labels, **labels})
            self._models.update_model(model=change, update_mask=FieldMask(paths=["labels"]))
