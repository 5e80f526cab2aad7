"""The evaluation service: `evaluateInstances` and `evaluateDataset` in v1 and v1beta1.

Source: `EvaluationService` of the service. Exactly one metric is evaluated by a request for instances.
"""

from __future__ import annotations

import asyncio

from local_vertex.calls import Call, Handler, Json, ServiceError, failed_precondition, invalid_argument
from local_vertex.context import Context, Service
from local_vertex.evaluation.autorater import Autorater, find_autorater
from local_vertex.evaluation.built_in_metrics import BUILT_IN, built_in
from local_vertex.evaluation.computed_metrics import COMPUTED, computed_scores
from local_vertex.evaluation.datasets import evaluate_dataset
from local_vertex.evaluation.judged_metrics import pairwise, pointwise
from local_vertex.evaluation.metric_list import evaluate_metric, requested_metric
from local_vertex.evaluation.trajectories import TRAJECTORIES, trajectory_scores
from local_vertex.operations import done_operation

_LOCATIONS = frozenset(
    {
        "us-central1", "us-east1", "us-east4", "us-east5", "us-south1", "us-west1", "us-west4",
        "europe-central2", "europe-north1", "europe-southwest1",
        "europe-west1", "europe-west4", "europe-west8", "europe-west9", "global",
    }
)  # fmt: skip
"""Source: the service's page "Gen AI evaluation service overview". The multi-regions `us` and `eu` are not listed."""
_JUDGED = {"pointwiseMetricInput": pointwise, "pairwiseMetricInput": pairwise}


class Evaluation(Service):
    """Evaluation of single instances.

    Args:
        context: Shared state.
    """

    def __init__(self, context: Context) -> None:
        self._context, self._state = context, context.state

    def handlers(self) -> dict[str, Handler]:
        """The service's methods by discovery identifier."""
        prefix = "projects.locations."
        return {
            prefix + "evaluateInstances": self.evaluate_instances,
            prefix + "evaluateDataset": self.evaluate_dataset,
        }

    async def evaluate_instances(self, call: Call) -> Json:
        """The result of the request's metric.

        Raises:
            ServiceError: 400 for another location, for no or more than one metric, and for what is missing or
                malformed in it; 404 for an unknown judge; 501 for metrics that need a model which is not here.
        """
        location = _checked_location(call)
        # In a thread, because long texts take seconds and others wait.
        return await asyncio.to_thread(self._evaluated, location, call.body)

    async def evaluate_dataset(self, call: Call) -> Json:
        """A finished operation; the rows are evaluated and the results written.

        Raises:
            ServiceError: 400 for another location, no metrics, and data or an output that are missing or malformed; 404
                for a file, the bucket of the output or the judge; 501 for data elsewhere than in Cloud Storage.
        """
        location = _checked_location(call)
        response = await asyncio.to_thread(evaluate_dataset, self._context, location, call.body)
        types = ("EvaluateDatasetOperationMetadata", "EvaluateDatasetResponse")
        return done_operation(self._context.state, call, location, *types, response)

    def _evaluated(self, location: str, body: Json) -> Json:
        def autorater_of(own: Json) -> Autorater:
            return find_autorater(
                self._state,
                location,
                own or body.get("autoraterConfig", {}),
                allow_cross_region=bool(body.get("allowCrossRegionModel")),
            )

        # The inputs exclude each other in the protos, so the request has at most one of them.
        field = next((name for name in body if name.endswith("Input")), "")
        metric = requested_metric(body)
        if bool(field) == (metric is not None):
            raise invalid_argument("The request must have exactly one metric: an input, or metrics with an instance.")
        if metric is not None:
            return evaluate_metric(metric, body.get("instance", {}), autorater_of)
        if field in COMPUTED:
            return computed_scores(field, body[field])
        if field in TRAJECTORIES:
            return trajectory_scores(field, body[field])
        if field in _JUDGED:
            return _JUDGED[field](body[field], autorater_of({}))
        if field in BUILT_IN:
            return built_in(field, body[field], autorater_of({}))
        raise ServiceError(501, "UNIMPLEMENTED", f"local Vertex does not evaluate {field}.")


def _checked_location(call: Call) -> str:
    location = call.names["location"]
    if location.split("/")[3] not in _LOCATIONS:
        raise failed_precondition(
            f"The Gen AI evaluation service is not available in {location.split('/')[3]}; it is in"
            f" {', '.join(sorted(_LOCATIONS))}."
        )
    return location
