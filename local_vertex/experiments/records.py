"""Where experiments are kept: kinds of the state, and the names that belong together.

`contexts`, `artifacts` and `executions` hold the metadata service's resources, `tensorboards`,
`tensorboardExperiments`, `tensorboardRuns` and `tensorboardTimeSeries` those of TensorBoard, all by resource name.
`tensorboardPoints` holds `RUN/points/STEP` with `step`, `wallTime` and the `values` of all series of a run there.
"""

from __future__ import annotations

import json

from local_vertex.calls import Json
from local_vertex.clock import timestamp
from local_vertex.state import State

STORES, CONTEXTS, ARTIFACTS, EXECUTIONS = "metadataStores", "contexts", "artifacts", "executions"
TENSORBOARDS, TENSORBOARD_EXPERIMENTS = "tensorboards", "tensorboardExperiments"
RUNS, SERIES, POINTS = "tensorboardRuns", "tensorboardTimeSeries", "tensorboardPoints"
EXPERIMENT_SCHEMA, RUN_SCHEMA = "system.Experiment", "system.ExperimentRun"
IN_CONTEXT = "inContext"
"""Field of an artifact's record, not shown: the context that it is in."""


def put_new(state: State, kind: str, name: str, fields: Json) -> Json:
    """Write a resource with its times and return it."""
    now = timestamp()
    resource = {"name": name, "createTime": now, "updateTime": now, **fields}
    state.put(kind, name, resource)
    return resource


def default_tensorboard(state: State, location: str) -> str:
    """The TensorBoard of a location (`projects/N/locations/L`), made when there is none."""
    found = state.list(TENSORBOARDS, location)
    if found:
        return str(found[0]["name"])
    name = f"{location}/tensorboards/{state.new_id()}"
    put_new(state, TENSORBOARDS, name, {"displayName": "Default Tensorboard", "isDefault": True})
    return name


def metadata_store(state: State, location: str) -> str:
    """The default metadata store of a location, made when there is none."""
    name = f"{location}/metadataStores/default"
    if state.get(STORES, name) is None:
        put_new(state, STORES, name, {"description": "Default metadata store"})
    return name


def forget_run(state: State, run: str) -> None:
    """Delete a TensorBoard run with its series and points."""
    for kind, below in ((SERIES, "timeSeries"), (POINTS, "points")):
        state.execute(
            "DELETE FROM resources WHERE kind = ? AND name >= ? AND name < ?",
            (kind, f"{run}/{below}/", f"{run}/{below}0"),
        )
    state.delete(RUNS, run)


def points_of(state: State, run: str) -> list[Json]:
    """The points of a TensorBoard run in the order in which they were written."""
    rows = state.execute(
        "SELECT body FROM resources WHERE kind = ? AND name >= ? AND name < ? ORDER BY sequence",
        (POINTS, f"{run}/points/", f"{run}/points0"),
    )
    return [json.loads(body) for (body,) in rows]


def latest_point(state: State, run: str) -> Json | None:
    """The point of a TensorBoard run that was written last, None before the first."""
    rows = state.execute(
        "SELECT body FROM resources WHERE kind = ? AND name >= ? AND name < ? ORDER BY sequence DESC LIMIT 1",
        (POINTS, f"{run}/points/", f"{run}/points0"),
    )
    return json.loads(rows[0][0]) if rows else None
