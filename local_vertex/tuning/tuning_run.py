"""One fit of a tuning job in a process of its own, and what of it the job shows."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from local_vertex.calls import Json
from local_vertex.clock import timestamp
from local_vertex.context import Context
from local_vertex.registry.model_versions import location_of
from local_vertex.tuning.tuned_models import publish
from local_vertex.worker_process import LOG, run_worker

JOBS, PLANS = "tuningJobs", "tuningPlans"
FOLDER = "tuning"
_NOT_FOUND, _INTERNAL = 5, 13


class TuningRun:
    """The fit of one job.

    Args:
        context: Shared state.
        name: Resource name of the job; its plan is in the state.
    """

    def __init__(self, context: Context, name: str) -> None:
        self._context, self._name = context, name
        self._folder = context.directory / FOLDER / name.rpartition("/")[2]
        plan = context.state.get(PLANS, name)
        assert plan is not None
        self._plan = plan
        self._epochs: list[Json] = []
        self._checkpoints: list[Json] = []
        self._ended = False

    async def run(self) -> None:
        """Fit and publish; the job ends as SUCCEEDED or FAILED. Cancelling this kills the process."""
        self._change(state="JOB_STATE_PENDING", tuningJobState="TUNING_JOB_STATE_PROCESSING_DATASET")
        missing = self._write_job_file()
        if missing:
            return self._fail(_NOT_FOUND, f"The dataset {missing} does not exist any more.")
        status = await run_worker("local_vertex.learner.worker", self._folder / "job.json", self._take)
        if not self._ended:
            self._fail(_INTERNAL, f"The tuning process ended with status {status}; see {self._folder / LOG}.")

    def _write_job_file(self) -> str:
        """Write what the process reads; returns the URI of a dataset that is gone, else nothing."""
        files: dict[str, str | None] = {"training": None, "validation": None}
        for which in files:
            if self._plan[which]:
                bucket, name = self._plan[which]
                path = self._context.objects.path(bucket, name)
                if path is None:
                    return f"gs://{bucket}/{name}"
                files[which] = str(path)
        earlier = self._plan["earlier_checkpoint"]
        job = {
            **{key: self._plan[key] for key in _FITTED_BY},
            "training_file": files["training"],
            "validation_file": files["validation"],
            "earlier_checkpoint": str(self._context.directory / earlier) if earlier else None,
            "seed": self._seed(),
        }
        self._folder.mkdir(parents=True, exist_ok=True)
        (self._folder / "job.json").write_text(json.dumps(job))
        return ""

    def _seed(self) -> int:
        """The same for the same request, so that the same job gives the same model again."""
        identity = json.dumps([self._plan["base_model"], *(self._plan[key] for key in _FITTED_BY)])
        return int.from_bytes(hashlib.sha256(identity.encode()).digest()[:4], "big")

    def _take(self, message: dict[str, Any]) -> None:
        if message["event"] == "started":
            self._change(
                state="JOB_STATE_RUNNING",
                tuningJobState="TUNING_JOB_STATE_TUNING",
                startTime=timestamp(),
                experiment=self._experiment(),
                tuningDataStats=message["statistics"],
            )
        elif message["event"] == "epoch":
            self._epoch(message["metrics"], exported=message["exported"])
        elif message["event"] == "failed":
            self._fail(message["code"], message["message"])
        else:
            self._succeed()

    def _epoch(self, metrics: Json, *, exported: bool) -> None:
        self._epochs.append(metrics)
        epoch, step = str(metrics["epoch"]), str(metrics["step"])
        if exported:
            file = Path(FOLDER) / self._folder.name / f"{epoch}.npz"
            number = str(len(self._checkpoints) + 1)
            self._checkpoints.append({"checkpointId": number, "epoch": epoch, "step": step, "file": str(file)})
        self._change(tuningJobMetadata={"completedEpochCount": epoch, "completedStepCount": step})

    def _succeed(self) -> None:
        uri = self._write_metrics()
        with self._context.state.transaction():
            job = self._context.state.get(JOBS, self._name)
            assert job is not None
            tuned = publish(self._context, job, self._plan, self._checkpoints)
            self._end(state="JOB_STATE_SUCCEEDED", tunedModel=tuned, gcsMetricsUri=uri)

    def _fail(self, code: int, message: str) -> None:
        self._end(state="JOB_STATE_FAILED", error={"code": code, "message": message})

    def _end(self, **fields: Any) -> None:
        self._ended = True
        self._change(endTime=timestamp(), tuningJobState="TUNING_JOB_STATE_POST_PROCESSING", **fields)

    def _write_metrics(self) -> str:
        """Write the metrics per epoch beside the training data and return the URI.

        The service leaves the format of the files at `gcsMetricsUri` undocumented; these are JSON lines.
        """
        bucket, name = self._plan["training"][0], f".tuning-metrics/{self._folder.name}.jsonl"
        lines = "".join(json.dumps(metrics) + "\n" for metrics in self._epochs)
        self._context.objects.insert(bucket, name, lines.encode(), {"contentType": "application/jsonl"})
        return f"gs://{bucket}/{name}"

    def _experiment(self) -> str:
        experiment = f"tuning-experiment-{self._folder.name}"
        return f"{location_of(self._name)}/metadataStores/default/contexts/{experiment}"

    def _change(self, **fields: Any) -> None:
        change_job(self._context, self._name, **fields)


_FITTED_BY = ("epochs", "learning_rate_multiplier", "adapter_size", "last_checkpoint_only")


def change_job(context: Context, name: str, **fields: Any) -> None:
    """Set fields of a job, and its update time."""
    job = context.state.get(JOBS, name)
    assert job is not None
    context.state.put(JOBS, name, {**job, **fields, "updateTime": timestamp()})
