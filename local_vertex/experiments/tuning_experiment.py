"""The experiment of a tuning job: its runs in the metadata store, its series in TensorBoard.

Source: the sample notebook "Supervised fine tuning Gemini for article summarization" (generative-ai,
`gemini/tuning/sft_gemini_summarization.ipynb`), which reads the series of a job, and what the experiments of
google-cloud-aiplatform 1.165.1 expect of contexts and artifacts.
"""

from __future__ import annotations

from typing import Any

from local_vertex.calls import Json
from local_vertex.clock import timestamp
from local_vertex.context import Context
from local_vertex.experiments.records import (
    ARTIFACTS,
    CONTEXTS,
    EXPERIMENT_SCHEMA,
    IN_CONTEXT,
    POINTS,
    RUN_SCHEMA,
    RUNS,
    SERIES,
    TENSORBOARD_EXPERIMENTS,
    default_tensorboard,
    forget_run,
    latest_point,
    metadata_store,
    points_of,
    put_new,
)
from local_vertex.registry.model_versions import location_of
from local_vertex.tuning.job_records import find_job

_METRICS = ("total_loss", "fraction_of_correct_next_step_preds", "num_predictions")
_SCHEMA_VERSION = "0.0.1"


class TuningExperiment:
    """What of a tuning job is shown as an experiment.

    Args:
        context: Shared state.
        job: Resource name of the tuning job.
    """

    def __init__(self, context: Context, job: str) -> None:
        self._context, self._state, self._job = context, context.state, job
        self._location, number = location_of(job), job.rpartition("/")[2]
        self._id, self._run_id = f"tuning-experiment-{number}", f"tuning-experiment-run-{number}"
        self._store = f"{self._location}/metadataStores/default"
        self._tensorboard_run = ""

    def begin(self, *, with_validation: bool) -> str:
        """Make the experiment with an empty run, anew if there is one, and return the name of its context."""
        with self._state.transaction():
            tensorboard = default_tensorboard(self._state, self._location)
            metadata_store(self._state, self._location)
            name = f"{self._store}/contexts/{self._id}"
            metadata = {"experiment_deleted": False, "backing_tensorboard_resource": tensorboard}
            self._add_context(name, self._id, EXPERIMENT_SCHEMA, metadata)
            tensorboard_experiment = f"{tensorboard}/experiments/{self._id}"
            put_new(self._state, TENSORBOARD_EXPERIMENTS, tensorboard_experiment, {"displayName": self._id})
            specification = find_job(self._context, self._job)["supervisedTuningSpec"]
            self._tensorboard_run = self._add_run(self._run_id, specification.get("hyperParameters", {}))
            for prefix in ("train", "eval") if with_validation else ("train",):
                for metric in _METRICS:
                    series = f"{self._tensorboard_run}/timeSeries/{self._state.new_id()}"
                    shown = {"displayName": f"/{prefix}_{metric}", "valueType": "SCALAR", "pluginName": "scalars"}
                    put_new(self._state, SERIES, series, shown)
        return name

    def add(self, metrics: Json) -> None:
        """Add a point to every series.

        Args:
            metrics: `step`, and values by name of the series.
        """
        values = {name: value for name, value in metrics.items() if name.startswith("/")}
        point = {"step": str(metrics["step"]), "wallTime": timestamp(), "values": values}
        self._state.put(POINTS, f"{self._tensorboard_run}/points/{metrics['step']}", point)

    def epochs(self) -> list[Json]:
        """The values of the run's series so far, one record for each `epoch`; none before the run has begun."""
        if self._state.get(CONTEXTS, self._run_context(self._run_id)) is None:
            return []
        points = points_of(self._state, self._tensorboard_run_name())
        return [{"epoch": number, **point["values"]} for number, point in enumerate(points, start=1)]

    def add_evaluation(self, checkpoint: str, metrics: dict[str, float]) -> None:
        """Add the run of a checkpoint's evaluation with its metrics."""
        run_id = f"{self._run_id}-evaluation-checkpoint-{checkpoint}"
        with self._state.transaction():
            self._add_run(run_id, {})
            self._end_run(run_id, "COMPLETE", metrics)

    def end(self, state: str) -> None:
        """Close the run, which may not have begun, with the latest value of every series.

        Args:
            state: A state of the service's executions, e.g. `COMPLETE`.
        """
        if self._state.get(CONTEXTS, self._run_context(self._run_id)) is not None:
            latest = latest_point(self._state, self._tensorboard_run_name())
            self._end_run(self._run_id, state, latest["values"] if latest else {})

    def _end_run(self, run_id: str, state: str, metrics: dict[str, float]) -> None:
        run = self._state.get(CONTEXTS, self._run_context(run_id))
        assert run is not None
        run["metadata"] |= {"_state": state, "_metrics": metrics}
        self._state.put(CONTEXTS, run["name"], {**run, "updateTime": timestamp()})

    def _run_context(self, run_id: str) -> str:
        return f"{self._store}/contexts/{self._id}-{run_id}"

    def _add_run(self, run_id: str, parameters: Json) -> str:
        """Make a run without series, in both services, and return its name in TensorBoard."""
        run = self._tensorboard_run_name(run_id)
        forget_run(self._state, run)
        put_new(self._state, RUNS, run, {"displayName": run_id})
        experiment = f"{self._store}/contexts/{self._id}"
        context = self._run_context(run_id)
        metadata = {"_state": "RUNNING", "_params": parameters, "_metrics": {}}
        self._add_context(context, run_id, RUN_SCHEMA, metadata, parentContexts=[experiment])
        # The SDK finds a run's TensorBoard by this artifact, and makes one of its own when there is none.
        artifact = {
            "displayName": f"{run_id}-tb-run",
            "schemaTitle": "google.VertexTensorboardRun",
            "schemaVersion": _SCHEMA_VERSION,
            "state": "LIVE",
            "metadata": {"resourceName": run, "vertex_experiment_tracking": True},
            IN_CONTEXT: context,
        }
        put_new(self._state, ARTIFACTS, f"{self._store}/artifacts/{self._id}-{run_id}-tb-run", artifact)
        return run

    def _tensorboard_run_name(self, run_id: str = "") -> str:
        tensorboard = default_tensorboard(self._state, self._location)
        return f"{tensorboard}/experiments/{self._id}/runs/{run_id or self._run_id}"

    def _add_context(self, name: str, display_name: str, schema: str, metadata: Json, **fields: Any) -> None:
        shown = {"displayName": display_name, "schemaTitle": schema, "schemaVersion": _SCHEMA_VERSION}
        put_new(self._state, CONTEXTS, name, {**shown, "metadata": metadata, **fields})
