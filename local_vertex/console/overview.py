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
_ENDPOINTS_LOOKED_AT = 60
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
        "endpoints": _endpoints(newest(state, "endpoints", _ENDPOINTS_LOOKED_AT)),
        "schedules": newest(state, "schedules", _SHOWN),
        "clock": timestamp(context.clock.now_us()) if context.clock.stands else "",
        "requests": requests.last()[:_SHOWN_REQUESTS],
        "faults": context.faults.rules(),
    }


def _endpoints(found: list[Json]) -> list[tuple[Json, int]]:
    """The newest endpoints, each with how many more a tuning job made for other checkpoints of the same version.

    A tuning job deploys each checkpoint to an endpoint of its own, up to ten of them; one by one they would hide the
    endpoints that serve.
    """
    groups: dict[tuple[str, ...], list[Json]] = {}
    for endpoint in found:
        deployed = endpoint["deployedModels"]
        alone = len(deployed) == 1 and not endpoint.get("labels") and "checkpointId" in deployed[0]
        of_checkpoint = alone and deployed[0].get("displayName") == endpoint["displayName"]
        key = (deployed[0]["model"], deployed[0]["modelVersionId"]) if of_checkpoint else (endpoint["name"],)
        groups.setdefault(key, []).append(endpoint)
    return [(group[0], len(group) - 1) for group in groups.values()][:_SHOWN]


def _models(context: Context) -> list[tuple[str, list[tuple[Json, int]]]]:
    """The models whose versions are the newest, with these versions and how many evaluations each has."""
    models: dict[str, list[tuple[Json, int]]] = {}
    for version in newest(context.state, "models", 2 * _SHOWN):
        evaluations = len(context.state.list(EVALUATIONS, version["name"]))
        models.setdefault(split_version(version["name"])[0], []).append((version, evaluations))
    return list(models.items())[:_SHOWN]
