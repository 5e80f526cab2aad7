"""Evaluations of model versions: imported, read, and gone with their version.

Source: `projects.locations.models.evaluations` of the service and `ModelEvaluation` in its protos. When evaluations are
imported or listed, a model without version means the one with the alias `default`; an evaluation's own name has no
version, as in the service's page "Evaluate models". Copies of a model have none of its evaluations.
"""

from __future__ import annotations

import re

from local_vertex.calls import Call, Handler, Json, invalid_argument, not_found
from local_vertex.clock import timestamp
from local_vertex.context import Context, Service
from local_vertex.http_api.list_pages import list_page
from local_vertex.registry.model_versions import EVALUATIONS, find_version, split_version, versions_of
from local_vertex.resource_labels import filter_fields

SCHEMA_URI = re.compile(r"gs://[^/]+/.+")
"""Where the schema of metrics may be."""
_LONGEST_DISPLAY_NAME = 128


class ModelEvaluations(Service):
    """Evaluations of every model.

    Args:
        context: Shared state.
    """

    def __init__(self, context: Context) -> None:
        self._state = context.state

    def handlers(self) -> dict[str, Handler]:
        """The service's methods by discovery identifier."""
        methods: dict[str, Handler] = {"import": self.import_evaluation, "get": self.get, "list": self.list}
        return {f"projects.locations.models.evaluations.{name}": handler for name, handler in methods.items()}

    def import_evaluation(self, call: Call) -> Json:
        """The new evaluation of the version that the parent means.

        Raises:
            ServiceError: 404 for the model, 400 for an evaluation without metrics or without their schema.
        """
        evaluation: Json = call.body.get("modelEvaluation", {})
        if not isinstance(evaluation.get("metrics"), dict) or not evaluation["metrics"]:
            raise invalid_argument("model_evaluation.metrics must be an object with the metrics.")
        schema = evaluation.get("metricsSchemaUri", "")
        if not SCHEMA_URI.fullmatch(schema):
            raise invalid_argument(
                f"model_evaluation.metrics_schema_uri must be a Cloud Storage URI, not {schema[:200]!r}."
            )
        if len(evaluation.get("displayName", "")) > _LONGEST_DISPLAY_NAME:
            raise invalid_argument(f"model_evaluation.display_name has more than {_LONGEST_DISPLAY_NAME} characters.")
        with self._state.transaction():
            version = find_version(self._state, call.names["parent"])
            number = self._state.new_id()
            name = f"{split_version(version['name'])[0]}/evaluations/{number}"
            made = {**evaluation, "name": name, "createTime": timestamp()}
            self._state.put(EVALUATIONS, f"{version['name']}/evaluations/{number}", made)
        return made

    def get(self, call: Call) -> Json:
        """The evaluation; with a version in the name, only if it belongs to that one.

        Raises:
            ServiceError: 404.
        """
        model, _, number = call.names["name"].partition("/evaluations/")
        versions = [find_version(self._state, model)] if "@" in model else versions_of(self._state, model)
        for version in versions:
            found = self._state.get(EVALUATIONS, f"{version['name']}/evaluations/{number}")
            if found is not None:
                return found
        raise not_found(f"The ModelEvaluation does not exist: {call.names['name']}")

    def list(self, call: Call) -> Json:
        """A page of the version's evaluations, oldest first.

        Raises:
            ServiceError: 404 for the model.
        """
        version = find_version(self._state, call.names["parent"])
        evaluations = self._state.list(EVALUATIONS, version["name"])
        return list_page("modelEvaluations", evaluations, call.query, filter_fields)
