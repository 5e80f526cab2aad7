"""Slices of model evaluations: metrics of a part of the test data, imported into an evaluation and read again.

Source: `ModelEvaluationSlice`, `BatchImportModelEvaluationSlicesRequest` and `BatchImportEvaluatedAnnotationsRequest`
of the service's protos. Annotations are counted: no method reads them.
"""

from __future__ import annotations

from local_vertex.calls import Call, Handler, Json, invalid_argument, not_found
from local_vertex.clock import timestamp
from local_vertex.context import Context, Service
from local_vertex.http_api.list_pages import list_page
from local_vertex.registry.model_evaluations import SCHEMA_URI
from local_vertex.registry.model_versions import EVALUATIONS, find_version, split_version, versions_of
from local_vertex.resource_labels import filter_fields

_KIND = "modelEvaluationSlices"


class EvaluationSlices(Service):
    """Slices of every evaluation.

    Args:
        context: Shared state.
    """

    def __init__(self, context: Context) -> None:
        self._state = context.state

    def handlers(self) -> dict[str, Handler]:
        """The service's methods by discovery identifier."""
        methods: dict[str, Handler] = {
            "batchImportSlices": self.import_slices,
            "batchImport": self.import_annotations,
            "get": self.get,
            "list": self.list,
        }
        return {f"projects.locations.models.evaluations.slices.{name}": handler for name, handler in methods.items()}

    def import_slices(self, call: Call) -> Json:
        """The names of the new slices.

        Raises:
            ServiceError: 404 for the evaluation, 400 for none or for one without its dimension, metrics or schema.
        """
        slices: list[Json] = call.body.get("modelEvaluationSlices", [])
        if not slices:
            raise invalid_argument("model_evaluation_slices is missing.")
        for position, found in enumerate(slices):
            _check(f"model_evaluation_slices[{position}]", found)
        names = []
        with self._state.transaction():
            kept, shown = self._evaluation(call.names["parent"])
            for found in slices:
                number = self._state.new_id()
                made = {**found, "name": f"{shown}/slices/{number}", "createTime": timestamp()}
                self._state.put(_KIND, f"{kept}/slices/{number}", made)
                names.append(made["name"])
        return {"importedModelEvaluationSlices": names}

    def import_annotations(self, call: Call) -> Json:
        """How many were imported.

        Raises:
            ServiceError: 404 for the slice.
        """
        self._slice(call.names["parent"])
        return {"importedEvaluatedAnnotationsCount": len(call.body.get("evaluatedAnnotations", []))}

    def get(self, call: Call) -> Json:
        """The slice.

        Raises:
            ServiceError: 404.
        """
        return self._slice(call.names["name"])

    def list(self, call: Call) -> Json:
        """A page of the evaluation's slices, oldest first; they are filtered by `slice.dimension` too.

        Raises:
            ServiceError: 404 for the evaluation.
        """
        kept, _ = self._evaluation(call.names["parent"])
        return list_page("modelEvaluationSlices", self._state.list(_KIND, kept), call.query, _fields)

    def _slice(self, name: str) -> Json:
        evaluation, _, number = name.partition("/slices/")
        found = self._state.get(_KIND, f"{self._evaluation(evaluation)[0]}/slices/{number}")
        if found is None:
            raise not_found(f"The ModelEvaluationSlice does not exist: {name}")
        return found

    def _evaluation(self, name: str) -> tuple[str, str]:
        """Under which name an evaluation is kept, and its own, which has no version."""
        model, _, number = name.partition("/evaluations/")
        versions = [find_version(self._state, model)] if "@" in model else versions_of(self._state, model)
        for version in versions:
            kept = f"{version['name']}/evaluations/{number}"
            if self._state.get(EVALUATIONS, kept) is not None:
                return kept, f"{split_version(version['name'])[0]}/evaluations/{number}"
        raise not_found(f"The ModelEvaluation does not exist: {name}")


def _check(field: str, found: Json) -> None:
    if not found.get("slice", {}).get("dimension"):
        raise invalid_argument(f"{field}.slice.dimension is missing.")
    if not isinstance(found.get("metrics"), dict) or not found["metrics"]:
        raise invalid_argument(f"{field}.metrics must be an object with the metrics.")
    if not SCHEMA_URI.fullmatch(found.get("metricsSchemaUri", "")):
        raise invalid_argument(f"{field}.metrics_schema_uri must be a Cloud Storage URI.")


def _fields(found: Json) -> dict[str, str]:
    return {**filter_fields(found), "slice.dimension": found["slice"]["dimension"]}
