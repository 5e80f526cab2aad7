"""Evaluations of model versions in the registry, where the console shows them beside the version."""

from __future__ import annotations

from typing import TYPE_CHECKING

from components.gcp.clients import gapic_client
from components.gcp.cloud_settings import CloudSettings
from components.gcp.service_errors import as_service_error

if TYPE_CHECKING:
    from google.cloud.aiplatform_v1 import ModelServiceClient

SCHEMAS = "gs://google-cloud-aiplatform/schema/modelevaluation/"
"""Where the schemas of evaluations are (google-cloud-pipeline-components 2.22, `import_model_evaluation.py`)."""


class ModelEvaluations:
    """Evaluations of the model versions of one project and region."""

    def __init__(self, cloud: CloudSettings) -> None:
        from google.cloud.aiplatform_v1 import ModelServiceClient

        self._models: ModelServiceClient = gapic_client(ModelServiceClient, cloud.location)

    def import_once(
        self, model: str, display_name: str, metrics: dict[str, float], schema: str, facts: dict[str, str]
    ) -> str:
        """Resource name of the version's evaluation of that display name, imported unless it is there.

        Args:
            model: Registry name with version.
            display_name: Names the evaluation; at most 128 characters are kept.
            metrics: Values by metric name.
            schema: Name of the schema's file below `SCHEMAS`.
            facts: Kept as the evaluation's metadata.
        """
        from google.cloud.aiplatform_v1.types import ModelEvaluation
        from google.protobuf.struct_pb2 import Value

        name = display_name[:128]
        with as_service_error("importing the evaluation", model):
            for found in self._models.list_model_evaluations(parent=model):
                if found.display_name == name:
                    return str(found.name)
            values, metadata = Value(), Value()
            values.struct_value.update(metrics)
            metadata.struct_value.update(facts)
            evaluation = ModelEvaluation(
                display_name=name, metrics_schema_uri=f"{SCHEMAS}{schema}", metrics=values, metadata=metadata
            )
            made = self._models.import_model_evaluation(parent=model, model_evaluation=evaluation)
        return str(made.name)
