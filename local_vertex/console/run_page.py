"""One pipeline run: its tasks as a graph and as a table."""

from __future__ import annotations

from typing import Any

from local_vertex.calls import Call, Json
from local_vertex.console.graph_layout import draw
from local_vertex.console.task_tree import task_tree
from local_vertex.console.wording import bare_state
from local_vertex.pipeline_runs.pipeline_jobs import PipelineJobs

_ENDED = frozenset({"SUCCEEDED", "FAILED", "CANCELLED"})
_LONGEST_VALUE = 400


async def values(jobs: PipelineJobs, name: str) -> dict[str, Any]:
    """What `run.html.j2` shows.

    Raises:
        ServiceError: 404.
    """
    job = await jobs.get(Call("projects.locations.pipelineJobs.get", "v1", {"name": name}))
    details = job["jobDetail"]["taskDetails"]
    return {
        "live": bare_state(job["state"]) not in _ENDED,
        "job": job,
        "drawing": draw(task_tree(job)),
        "details": details,
        "parameters": {
            key: clipped_value(value)
            for key, value in sorted(job.get("runtimeConfig", {}).get("parameterValues", {}).items())
        },
    }


def clipped_value(value: Json | str | float | list[Any] | None) -> str:
    """A parameter's value as one text that does not fill the page."""
    text = value if isinstance(value, str) else repr(value)
    return text if len(text) <= _LONGEST_VALUE else f"{text[:_LONGEST_VALUE]}… ({len(text)} characters)"
