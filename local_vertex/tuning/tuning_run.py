"""One fit of a tuning job in a process of its own, and what of it the job shows."""

from __future__ import annotations

import asyncio
import hashlib
import json
from pathlib import Path
from typing import Any

from local_vertex.calls import Json
from local_vertex.clock import timestamp
from local_vertex.context import Context
from local_vertex.experiments.tuning_experiment import TuningExperiment
from local_vertex.tuning.checkpoint_evaluation import CheckpointEvaluation
from local_vertex.tuning.job_records import change_job, find_plan
from local_vertex.tuning.tuned_models import deploy_checkpoint, publish, withdraw
from local_vertex.worker_process import LOG, run_worker

FOLDER = "tuning"
_NOT_FOUND, _INTERNAL = 5, 13
_RUNS_FIELDS = ("startTime", "experiment", "tuningDataStats", "tuningJobMetadata", "tunedModel", "evaluateDatasetRuns")
_FITTED_BY = ("epochs", "learning_rate_multiplier", "adapter_size", "last_checkpoint_only")


class TuningRun:
    """The fit of one job.

    Args:
        context: Shared state.
        name: Resource name of the job; its plan is in the state.
    """

    def __init__(self, context: Context, name: str) -> None:
        self._context, self._name = context, name
        self._folder = context.directory / FOLDER / name.rpartition("/")[2]
        self._plan = find_plan(context, name)
        self._experiment = TuningExperiment(context, name)
        self._evaluation = CheckpointEvaluation(context, name, self._experiment) if self._plan["evaluation"] else None
        self._epochs: list[Json] = []
        self._checkpoints: list[Json] = []
        self._evaluations: list[asyncio.Task[None]] = []
        self._failed = self._done = False

    async def run(self) -> None:
        """Fit and publish; the job has ended then. Cancelling this kills the process."""
        self._change(state="JOB_STATE_PENDING", tuningJobState="TUNING_JOB_STATE_PROCESSING_DATASET")
        missing = self._write_job_file()
        if missing:
            return self._fail(_NOT_FOUND, f"The dataset {missing} does not exist any more.")
        try:
            status = await run_worker("local_vertex.learner.worker", self._folder / "job.json", self._take)
            if self._done:
                self._change(tuningJobState="TUNING_JOB_STATE_POST_PROCESSING")
                await asyncio.gather(*self._evaluations)
                return self._succeed()
        finally:
            for evaluation in self._evaluations:
                evaluation.cancel()
        if not self._failed:
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
            "with_answers": self._evaluation is not None,
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
                experiment=self._experiment.begin(with_validation=self._plan["validation"] is not None),
                tuningDataStats=message["statistics"],
            )
        elif message["event"] == "epoch":
            self._epoch(message["metrics"], exported=message["exported"])
        elif message["event"] == "failed":
            self._fail(message["code"], message["message"])
        else:
            self._done = True

    def _epoch(self, metrics: Json, *, exported: bool) -> None:
        self._epochs.append(metrics)
        self._experiment.add(metrics)
        epoch, step = str(metrics["epoch"]), str(metrics["step"])
        if exported:
            file = Path(FOLDER) / self._folder.name / f"{epoch}.npz"
            number = str(len(self._checkpoints) + 1)
            self._checkpoints.append({"checkpointId": number, "epoch": epoch, "step": step, "file": str(file)})
            deploy_checkpoint(self._context, self._name, self._checkpoints[-1])
            if self._evaluation is not None:
                answers = self._folder / f"{epoch}.answers.jsonl"
                self._evaluations.append(asyncio.create_task(self._evaluation.run(number, answers)))
        self._change(tuningJobMetadata={"completedEpochCount": epoch, "completedStepCount": step})

    def _succeed(self) -> None:
        uri = self._write_metrics()
        fault = self._plan["fault"] or {}
        outcome: Json = {"state": "JOB_STATE_SUCCEEDED"}
        checkpoints = self._checkpoints
        if fault.get("action") == "partial_job":
            error = {"code": _INTERNAL, "message": fault["message"] or "Some checkpoints could not be exported."}
            outcome = {"state": "JOB_STATE_PARTIALLY_SUCCEEDED", "error": error}
            checkpoints = checkpoints[:-1] or checkpoints
        with self._context.state.transaction():
            tuned = publish(self._context, self._name, checkpoints)
            self._change(endTime=timestamp(), tunedModel=tuned, gcsMetricsUri=uri, **outcome)
            self._experiment.end("COMPLETE")

    def _fail(self, code: int, message: str) -> None:
        self._failed = True
        end_without_model(self._context, self._name, "JOB_STATE_FAILED", {"code": code, "message": message})

    def _write_metrics(self) -> str:
        """Write the metrics per epoch beside the training data and return the URI.

        The service leaves the format of the files at `gcsMetricsUri` undocumented; these are JSON lines.
        """
        bucket, name = self._plan["training"][0], f".tuning-metrics/{self._folder.name}.jsonl"
        lines = "".join(json.dumps(metrics) + "\n" for metrics in self._epochs)
        self._context.objects.insert(bucket, name, lines.encode(), {"contentType": "application/jsonl"})
        return f"gs://{bucket}/{name}"

    def _change(self, **fields: Any) -> None:
        change_job(self._context, self._name, **fields)


def end_without_model(context: Context, name: str, state: str, error: Json) -> None:
    """End a job as failed or cancelled; the endpoints of its checkpoints are gone then."""
    with context.state.transaction():
        withdraw(context, name)
        fields = {"state": state, "error": error, "endTime": timestamp()}
        change_job(context, name, without=("tunedModel",), **fields)
        TuningExperiment(context, name).end("FAILED" if state == "JOB_STATE_FAILED" else "CANCELLED")


def queue_again(context: Context, name: str, **queued: Any) -> None:
    """Make a job as it was before its fit began; the experiment is begun anew with the fit."""
    with context.state.transaction():
        withdraw(context, name)
        change_job(context, name, without=_RUNS_FIELDS, **queued)
