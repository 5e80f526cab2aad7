"""The first page: the newest of everything, with the newest run as a graph."""

from __future__ import annotations

from typing import Any

from local_vertex.calls import Json
from local_vertex.clock import timestamp
from local_vertex.console import run_page
from local_vertex.console.loss_chart import loss_chart
from local_vertex.console.records import newest, total
from local_vertex.context import Context
from local_vertex.experiments.tuning_experiment import TuningExperiment
from local_vertex.http_api.request_log import RequestLog
from local_vertex.pipeline_runs.pipeline_jobs import PipelineJobs
from local_vertex.registry.model_versions import EVALUATIONS, split_version

_SHOWN = 6
_SHOWN_REQUESTS = 12
_COUNTED = ("pipelineJobs", "tuningJobs", "batchPredictionJobs", "models", "endpoints", "schedules")


async def values(context: Context, jobs: PipelineJobs, requests: RequestLog) -> dict[str, Any]:
    """What `overview.html.j2` shows."""
    state = context.state
    runs = newest(state, "pipelineJobs", _SHOWN)
    tuning_jobs = newest(state, "tuningJobs", _SHOWN)
    return {
        "live": True,
        "base_url": context.base_url,
        "directory": str(context.directory),
        "totals": {kind: total(state, kind) for kind in _COUNTED},
        "runs": runs,
        "latest": await run_page.values(jobs, runs[0]["name"]) if runs else None,
        "tuning_jobs": [(job, loss_chart(TuningExperiment(context, job["name"]).epochs())) for job in tuning_jobs],
        "batch_jobs": newest(state, "batchPredictionJobs", _SHOWN),
        "models": _models(context),
        "endpoints": newest(state, "endpoints", _SHOWN),
        "schedules": newest(state, "schedules", _SHOWN),
        "clock": timestamp(context.clock.now_us()) if context.clock.stands else "",
        "requests": requests.last()[:_SHOWN_REQUESTS],
        "faults": context.faults.rules(),
    }


def _models(context: Context) -> list[tuple[str, list[tuple[Json, int]]]]:
    """The models whose versions are the newest, with these versions and how many evaluations each has."""
    models: dict[str, list[tuple[Json, int]]] = {}
    for version in newest(context.state, "models", 2 * _SHOWN):
        evaluations = len(context.state.list(EVALUATIONS, version["name"]))
        models.setdefault(split_version(version["name"])[0], []).append((version, evaluations))
    return list(models.items())[:_SHOWN]
