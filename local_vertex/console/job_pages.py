"""Pages of tuning jobs, batch prediction jobs and schedules."""

from __future__ import annotations

from typing import Any

from local_vertex.calls import Json, not_found
from local_vertex.clock import timestamp
from local_vertex.console.loss_chart import loss_chart
from local_vertex.console.records import newest
from local_vertex.console.wording import bare_state
from local_vertex.context import Context
from local_vertex.experiments.tuning_experiment import TuningExperiment

_ENDED = frozenset({"SUCCEEDED", "FAILED", "CANCELLED", "EXPIRED", "PARTIALLY_SUCCEEDED"})
_STATISTICS = {
    "tuningDatasetExampleCount": "examples",
    "totalTruncatedExampleCount": "examples left out as too long",
    "tuningStepCount": "training steps",
    "totalBillableTokenCount": "billable tokens of one pass",
    "totalTuningCharacterCount": "characters",
}
_DISTRIBUTIONS = {
    "userInputTokenDistribution": "tokens of the input",
    "userOutputTokenDistribution": "tokens of the answer",
    "userMessagePerExampleDistribution": "messages of an example",
}
_SHOWN_EPOCHS = 30
_RUNS_LOOKED_AT, _SHOWN_RUNS = 200, 20


def tuning_job(context: Context, name: str) -> dict[str, Any]:
    """What `tuning_job.html.j2` shows.

    Raises:
        ServiceError: 404.
    """
    job = _record(context, "tuningJobs", name)
    epochs = TuningExperiment(context, job["name"]).epochs()
    spec = job.get("supervisedTuningSpec", {})
    statistics = job.get("tuningDataStats", {}).get("supervisedTuningDataStats", {})
    return {
        "live": bare_state(job["state"]) not in _ENDED,
        "job": job,
        "spec": spec,
        "parameters": spec.get("hyperParameters", {}),
        "progress": job.get("tuningJobMetadata", {}),
        "epochs": epochs[-_SHOWN_EPOCHS:],
        "all_epochs": len(epochs),
        "chart": loss_chart(epochs),
        "statistics": [(label, statistics[key]) for key, label in _STATISTICS.items() if key in statistics],
        "distributions": [(label, statistics[key]) for key, label in _DISTRIBUTIONS.items() if key in statistics],
    }


def batch_job(context: Context, name: str) -> dict[str, Any]:
    """What `batch_job.html.j2` shows.

    Raises:
        ServiceError: 404.
    """
    job = _record(context, "batchPredictionJobs", name)
    return {
        "live": bare_state(job["state"]) not in _ENDED,
        "job": job,
        "input": job.get("inputConfig", {}).get("gcsSource", {}).get("uris", []),
        "output": job.get("outputInfo", {}).get("gcsOutputDirectory", ""),
        "counts": flat(job.get("completionStats", {})),
    }


def schedule(context: Context, name: str) -> dict[str, Any]:
    """What `schedule.html.j2` shows.

    Raises:
        ServiceError: 404.
    """
    found = _record(context, "schedules", name)
    runs = newest(context.state, "pipelineJobs", _RUNS_LOOKED_AT)
    return {
        "live": found["state"] == "ACTIVE",
        "schedule": found,
        "clock": timestamp(context.clock.now_us()) if context.clock.stands else "",
        "runs": [run for run in runs if run.get("scheduleName") == name][:_SHOWN_RUNS],
    }


def flat(value: Any, path: str = "", most: int = 60) -> list[tuple[str, str]]:
    """The single values in a JSON value with their paths, so many at most; long lists are counted."""
    if isinstance(value, dict):
        pairs = [pair for key, one in value.items() for pair in flat(one, f"{path}.{key}" if path else key, most)]
    elif isinstance(value, list) and len(value) > 5:
        pairs = [(path, f"{len(value)} items")]
    elif isinstance(value, list):
        pairs = [pair for at, one in enumerate(value) for pair in flat(one, f"{path}[{at}]", most)]
    else:
        text = f"{value:.4g}" if isinstance(value, float) else str(value)
        pairs = [(path, text[:200])]
    return pairs[:most]


def _record(context: Context, kind: str, name: str) -> Json:
    found = context.state.get(kind, name)
    if found is None:
        raise not_found(name)
    return found
