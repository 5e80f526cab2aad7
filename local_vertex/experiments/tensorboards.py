"""TensorBoard, as far as the series of tuning jobs are read.

Source: `projects.locations.tensorboards` of the service and `ReadTensorboardTimeSeriesDataRequest` of its protos: up to
1,000 points are returned unless the request says otherwise, drawn at random from longer series.
"""

from __future__ import annotations

import random

from local_vertex.calls import Call, Handler, Json, invalid_argument, not_found
from local_vertex.context import Context, Service
from local_vertex.experiments.records import (
    POINTS,
    RUNS,
    SERIES,
    TENSORBOARD_EXPERIMENTS,
    TENSORBOARDS,
    forget_run,
    latest_point,
)
from local_vertex.http_api.list_pages import list_page
from local_vertex.operations import done_operation
from local_vertex.resource_labels import filter_fields
from local_vertex.resource_names import canonical

_COLLECTIONS = {
    "tensorboards": (TENSORBOARDS, "tensorboards", "Tensorboard"),
    "tensorboards.experiments": (TENSORBOARD_EXPERIMENTS, "tensorboardExperiments", "TensorboardExperiment"),
    "tensorboards.experiments.runs": (RUNS, "tensorboardRuns", "TensorboardRun"),
    "tensorboards.experiments.runs.timeSeries": (SERIES, "tensorboardTimeSeries", "TensorboardTimeSeries"),
}
"""By collection: kind of the state, name of the list in replies, word in errors."""
_MOST_POINTS = 1000


class Tensorboards(Service):
    """TensorBoards of every project.

    Args:
        context: Shared state.
    """

    def __init__(self, context: Context) -> None:
        self._state = context.state

    def handlers(self) -> dict[str, Handler]:
        """The service's methods by discovery identifier."""
        prefix = "projects.locations."
        found: dict[str, Handler] = {f"{prefix}tensorboards.batchRead": self.batch_read}
        for collection in _COLLECTIONS:
            found[f"{prefix}{collection}.get"] = self.get
            found[f"{prefix}{collection}.list"] = self.list
        found[f"{prefix}tensorboards.experiments.runs.delete"] = self.delete_run
        found[f"{prefix}tensorboards.experiments.runs.timeSeries.read"] = self.read
        return found

    def get(self, call: Call) -> Json:
        """The resource.

        Raises:
            ServiceError: 404.
        """
        collection = call.method.removeprefix("projects.locations.").rpartition(".")[0]
        return self._shown(collection, self._found(collection, call.names["name"]))

    def read(self, call: Call) -> Json:
        """The points of one series.

        Raises:
            ServiceError: 404, or 400 for a filter, which local Vertex does not have here.
        """
        if call.query.get("filter"):
            raise invalid_argument("local Vertex reads time series without a filter.")
        most = int(call.query.get("maxDataPoints") or _MOST_POINTS)
        return {"timeSeriesData": self._data(call.names["tensorboardTimeSeries"], most)}

    def batch_read(self, call: Call) -> Json:
        """The points of several series of one TensorBoard.

        Raises:
            ServiceError: 404 for a series that does not exist in this TensorBoard.
        """
        names = [canonical(name) for name in call.query.get("timeSeries", "").split(",") if name]
        for name in names:
            if not name.startswith(call.names["tensorboard"] + "/"):
                raise not_found(f"The TensorboardTimeSeries is not of {call.names['tensorboard']}: {name[:300]}")
        return {"timeSeriesData": [self._data(name, _MOST_POINTS) for name in names]}

    def delete_run(self, call: Call) -> Json:
        """A finished operation; the run and its series are gone.

        Raises:
            ServiceError: 404.
        """
        name = self._found("tensorboards.experiments.runs", call.names["name"])["name"]
        forget_run(self._state, name)
        return done_operation(self._state, call, name.rpartition("/tensorboards/")[0], "DeleteOperationMetadata")

    def _found(self, collection: str, name: str) -> Json:
        kind, _, word = _COLLECTIONS[collection]
        found = self._state.get(kind, name)
        if found is None:
            raise not_found(f"The {word} does not exist: {name}")
        return found

    def _shown(self, collection: str, resource: Json) -> Json:
        if collection == "tensorboards":
            return {**resource, "runCount": len(self._state.list(RUNS, resource["name"]))}
        if not collection.endswith("timeSeries"):
            return resource
        latest = latest_point(self._state, resource["name"].rpartition("/timeSeries/")[0])
        metadata = {"maxStep": latest["step"], "maxWallTime": latest["wallTime"]} if latest else {}
        return {**resource, "metadata": metadata}

    def _points(self, series: str) -> list[Json]:
        return self._state.list(POINTS, series.rpartition("/timeSeries/")[0])

    def _data(self, name: str, most: int) -> Json:
        series = self._found("tensorboards.experiments.runs.timeSeries", name)
        values = [
            {
                "wallTime": point["wallTime"],
                "step": point["step"],
                "scalar": {"value": point["values"][series["displayName"]]},
            }
            for point in self._points(name)
        ]
        if 0 <= most < len(values):
            chosen = sorted(random.Random(name).sample(range(len(values)), most))  # noqa: S311 - no secret
            values = [values[number] for number in chosen]
        return {
            "tensorboardTimeSeriesId": name.rpartition("/")[2],
            "valueType": series["valueType"],
            "values": values,
        }

    def list(self, call: Call) -> Json:
        """A page of the parent's TensorBoards, experiments, runs or series."""
        collection = call.method.removeprefix("projects.locations.").rpartition(".")[0]
        kind, key, _ = _COLLECTIONS[collection]
        resources = [self._shown(collection, found) for found in self._state.list(kind, call.names["parent"])]
        return list_page(key, resources, call.query, filter_fields)
