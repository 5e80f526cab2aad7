"""Where a batch prediction job works, and how its answers become an object.

Source: the service's page "Batch inference from Cloud Storage": all completed rows are exported, also when a job is
ended early; the names `prediction-model-TIME` and `predictions.jsonl` from Google's sample notebooks.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from local_vertex.batch_prediction.worker import ANSWERS
from local_vertex.calls import Json
from local_vertex.context import Context

JOBS, PLANS = "batchPredictionJobs", "batchPredictionPlans"


def publish(context: Context, name: str) -> tuple[int, int] | None:
    """Write the lines that are answered to the job's output and return how many succeeded and failed.

    Returns:
        None when no line was answered; nothing is written then.

    Raises:
        ServiceError: The bucket of the output is gone.
    """
    answers, plan = folder_of(context, name) / ANSWERS, context.state.get(PLANS, name)
    assert plan is not None
    counts = [0, 0]
    target = context.objects.files.new_file()
    with target.open("wb") as output:
        for line in answers.open("rb") if answers.exists() else ():
            # A process that was killed may have left half a line.
            if line.endswith(b"\n"):
                output.write(line)
                counts[bool(json.loads(line)["status"])] += 1
    if not any(counts):
        target.unlink()
        return None
    bucket = plan["destination"][0]
    folder = output_directory(plan).removeprefix(f"gs://{bucket}/")
    context.objects.insert(bucket, f"{folder}/predictions.jsonl", target, {"contentType": "application/jsonl"})
    return counts[0], counts[1]


def output_directory(plan: Json) -> str:
    """`gs://BUCKET/PREFIX/prediction-model-TIME`, as the service names it."""
    bucket, prefix = plan["destination"]
    return "/".join(filter(None, (f"gs://{bucket}", prefix, plan["folder"])))


def folder_of(context: Context, name: str) -> Path:
    """The job's own folder below the state directory."""
    return context.directory / JOBS / name.rpartition("/")[2]


def forget_files(context: Context, name: str) -> None:
    """Remove the job's folder."""
    shutil.rmtree(folder_of(context, name), ignore_errors=True)
