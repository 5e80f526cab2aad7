"""`jobDetail.taskDetails` of a pipeline job, derived from the pipeline and from what its launchers reported.

States as in the v1 proto `PipelineTaskDetail.State`: SKIPPED is for cache hits only, a task whose condition was not met
or whose upstream failed is NOT_TRIGGERED.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from local_vertex.calls import Json
from local_vertex.pipeline_runs.spec import SpecTask, executable_tasks

FAILED_PRECONDITION = 9
_CANCELLED = 1
_UNFINISHED = {
    "PIPELINE_STATE_PENDING": "RUNNING",
    "PIPELINE_STATE_RUNNING": "RUNNING",
    "PIPELINE_STATE_CANCELLING": "CANCELLING",
    "PIPELINE_STATE_CANCELLED": "CANCELLED",
}
_EXECUTION_STATES = {"SUCCEEDED": "COMPLETE", "FAILED": "FAILED", "CANCELLED": "CANCELLED"}


@dataclass(slots=True)
class Attempt:
    """One process of a task; a retried task has several."""

    started: Json
    ended: Json | None = None


def task_details(job: Json, events: list[Json]) -> list[Json]:
    """The details of every task: those that started in order of their start, then the others.

    Each iteration of a loop is a detail of its own: same `taskName`, other `taskId`.

    Args:
        job: The pipeline job with `name`, `state`, `createTime` and `pipelineSpec`.
        events: What `task_events.read` returns for its run.
    """
    tasks = {task.component: task for task in executable_tasks(job["pipelineSpec"])}
    attempts = _attempts(events)
    details = [_started(job, tasks[path.rsplit("/", 1)[-1]], path, runs) for path, runs in attempts.items()]
    seen = {path.rsplit("/", 1)[-1] for path in attempts}
    return details + [_not_started(job, task) for name, task in tasks.items() if name not in seen]


def failed_tasks(details: list[Json]) -> list[str]:
    """The names of the failed tasks, each once, in order of their start."""
    return list(dict.fromkeys(detail["taskName"] for detail in details if detail["state"] == "FAILED"))


def _attempts(events: list[Json]) -> dict[str, list[Attempt]]:
    attempts: dict[str, list[Attempt]] = {}
    for event in events:
        if event["type"] == "started":
            attempts.setdefault(event["path"], []).append(Attempt(event))
        else:
            # Attempts follow each other, so the end belongs to the last one that started.
            attempts[event["path"]][-1].ended = event
    return attempts


def _not_started(job: Json, task: SpecTask) -> Json:
    waiting = job["state"] in ("PIPELINE_STATE_PENDING", "PIPELINE_STATE_RUNNING")
    state = "PENDING" if waiting else "NOT_TRIGGERED"
    return {**_identity(job, task, task.component), "createTime": job["createTime"], "state": state}


def _started(job: Json, task: SpecTask, path: str, attempts: list[Attempt]) -> Json:
    first, last = attempts[0], attempts[-1]
    state = _state(last, job["state"])
    detail = {
        **_identity(job, task, path),
        "createTime": first.started["time"],
        "startTime": first.started["time"],
        "state": state,
        "pipelineTaskStatus": [status for attempt in attempts for status in _statuses(attempt, task, job["state"])],
        "inputs": _artifacts(last.started["inputs"]),
        "execution": _execution(task, last, state),
    }
    if last.ended:
        detail["endTime"] = last.ended["time"]
        detail["outputs"] = _artifacts(last.ended["outputs"])
    elif "endTime" in job:
        detail["endTime"] = job["endTime"]
    if state in ("FAILED", "CANCELLED"):
        detail["error"] = _error(task, last, state)
    return detail


def _identity(job: Json, task: SpecTask, path: str) -> Json:
    digest = hashlib.sha256(f"{job['name']}/{path}".encode()).digest()
    # int64 is a text in proto JSON.
    task_id = str(int.from_bytes(digest[:8], "big") >> 1)
    return {"taskId": task_id, "taskName": task.name, "taskUniqueName": task.unique_name}


def _state(attempt: Attempt, job_state: str) -> str:
    if attempt.ended is None:
        return _UNFINISHED.get(job_state, "FAILED")
    if attempt.ended["stopped"]:
        return "CANCELLED" if job_state in ("PIPELINE_STATE_CANCELLING", "PIPELINE_STATE_CANCELLED") else "FAILED"
    return "SUCCEEDED" if attempt.ended["status"] == 0 else "FAILED"


def _statuses(attempt: Attempt, task: SpecTask, job_state: str) -> list[Json]:
    statuses: list[Json] = [{"updateTime": attempt.started["time"], "state": "RUNNING"}]
    if attempt.ended:
        state = _state(attempt, job_state)
        status = {"updateTime": attempt.ended["time"], "state": state}
        statuses.append(status if state == "SUCCEEDED" else {**status, "error": _error(task, attempt, state)})
    return statuses


def _error(task: SpecTask, attempt: Attempt, state: str) -> Json:
    if state == "CANCELLED":
        return {"code": _CANCELLED, "message": f"The task {task.name} was cancelled."}
    if attempt.ended is None or attempt.ended["stopped"]:
        end = "was stopped with the run"
    elif attempt.ended["status"] < 0:
        end = f"was ended by signal {-attempt.ended['status']}"
    else:
        end = f"exited with a non-zero status of {attempt.ended['status']}"
    message = f"The task {task.name} {end}. Its output is in {attempt.started['log']}."
    return {"code": FAILED_PRECONDITION, "message": message}


def _execution(task: SpecTask, attempt: Attempt, state: str) -> Json:
    metadata = {f"input:{name}": value for name, value in attempt.started["inputs"]["parameters"].items()}
    if attempt.ended:
        metadata |= {f"output:{name}": value for name, value in attempt.ended["outputs"].get("parameters", {}).items()}
    return {
        "displayName": task.name,
        "schemaTitle": "system.ContainerExecution",
        "state": _EXECUTION_STATES.get(state, "RUNNING"),
        "metadata": metadata,
    }


def _artifacts(ports: Json) -> Json:
    return {
        port: {
            "artifacts": [
                {
                    "displayName": port,
                    "uri": artifact.get("uri", ""),
                    "schemaTitle": artifact.get("type", {}).get("schemaTitle", ""),
                    "metadata": artifact.get("metadata", {}),
                }
                for artifact in listed.get("artifacts", [])
            ]
        }
        for port, listed in ports.get("artifacts", {}).items()
    }
