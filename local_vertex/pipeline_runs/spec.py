"""The compiled pipeline that a job carries: its tasks, and the changes that let kfp.local run it as Vertex AI would."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import Any

from local_vertex.calls import Json, invalid_argument

_COMPONENT_PREFIX = "comp-"
# What the KFP compiler makes of names; they become names of folders.
_NAME = re.compile(r"[a-z0-9][a-z0-9-]*")


@dataclass(frozen=True, slots=True)
class SpecTask:
    """A task that runs code.

    Attributes:
        name: Name in its DAG, e.g. `tune`.
        unique_name: The names of the groups around it and its own, joined by dots, as `taskUniqueName` has them.
        component: Name of its component without `comp-`; kfp.local names the task's folder after it.
    """

    name: str
    unique_name: str
    component: str


def check(spec: Json) -> None:
    """Accept what can be run.

    Raises:
        ServiceError: 400 for a body that is not a compiled pipeline.
    """
    try:
        names = [name for task in executable_tasks(spec) for name in (*task.unique_name.split("."), task.component)]
        compiled = bool(names) and all(_NAME.fullmatch(name) for name in [spec["pipelineInfo"]["name"], *names])
    except (AttributeError, KeyError, TypeError, RecursionError, CycleError):
        compiled = False
    if not compiled:
        raise invalid_argument("pipeline_spec is not a compiled KFP v2 pipeline with at least one task.")


def executable_tasks(spec: Json) -> list[SpecTask]:
    """The tasks that run as processes, upstream first; importers run inside the orchestrator and are left out."""
    executors = spec["deploymentSpec"]["executors"]
    return [
        SpecTask(task.name, task.unique_name, task.component.removeprefix(_COMPONENT_PREFIX))
        for task in _walk(spec, spec["root"], ())
        if "container" in executors[spec["components"][task.component]["executorLabel"]]
    ]


def task_commands(spec: Json) -> Iterator[list[str]]:
    """The commands of the tasks that run as processes, upstream first."""
    executors = spec["deploymentSpec"]["executors"]
    for task in executable_tasks(spec):
        label = spec["components"][f"{_COMPONENT_PREFIX}{task.component}"]["executorLabel"]
        yield executors[label]["container"].get("command", [])


def _walk(spec: Json, component: Json, groups: tuple[str, ...]) -> Iterator[SpecTask]:
    tasks = component["dag"]["tasks"]
    order = TopologicalSorter({name: task.get("dependentTasks", []) for name, task in tasks.items()})
    for name in order.static_order():
        reference = tasks[name]["componentRef"]["name"]
        inner = spec.get("components", {}).get(reference, {})
        if "dag" in inner:
            yield from _walk(spec, inner, (*groups, name))
        else:
            yield SpecTask(name, ".".join((*groups, name)), reference)


def job_placeholders(job: Json, uuid: str, scheduled_time: str) -> dict[str, str]:
    """The placeholders that stand for the job, with their values.

    kfp.local breaks on some of them and invents values for others (`{{$.pipeline_job_name}}` becomes a folder name).

    Args:
        job: The pipeline job with `name`, `createTime` and `runtimeConfig`.
        uuid: The job's numeric identifier.
        scheduled_time: When its schedule was due; its `createTime` when it has none.
    """
    parts = job["name"].split("/")
    values = {
        "pipeline_job_name": parts[5],
        "pipeline_job_resource_name": job["name"],
        "pipeline_job_uuid": uuid,
        "pipeline_job_create_time_utc": job["createTime"],
        "pipeline_job_schedule_time_utc": scheduled_time,
        "pipeline_root": job["runtimeConfig"]["gcsOutputDirectory"],
        "pipeline_google_cloud_project_id": parts[1],
        "pipeline_google_cloud_location": parts[3],
    }
    return {f"{{{{$.{name}}}}}": value for name, value in values.items()}


def with_values(spec: Any, placeholders: dict[str, str]) -> Any:
    """The JSON value with every placeholder in its texts replaced."""
    if isinstance(spec, dict):
        return {key: with_values(value, placeholders) for key, value in spec.items()}
    if isinstance(spec, list):
        return [with_values(value, placeholders) for value in spec]
    if isinstance(spec, str) and "{{$." in spec:
        for placeholder, value in placeholders.items():
            spec = spec.replace(placeholder, value)
    return spec


def with_launcher(spec: Json, directory: Path, worker: int) -> Json:
    """The pipeline with `task_launcher` in front of every task's command.

    Args:
        spec: Compiled pipeline.
        directory: The run's directory.
        worker: Process id of the worker, which the launchers do not outlive.
    """
    executors = {}
    for label, executor in spec["deploymentSpec"]["executors"].items():
        executors[label] = executor
        if "container" in executor:
            # kfp.local fills in the task's name and identifier and the file that names its place in the loops.
            launcher = ["python3", "-m", "local_vertex.pipeline_runs.task_launcher", str(worker), str(directory)]
            launcher += ["{{$.pipeline_task_name}}", "{{$.pipeline_task_uuid}}", "{{$.outputs.output_file}}"]
            command = launcher + executor["container"].get("command", [])
            executors[label] = {**executor, "container": {**executor["container"], "command": command}}
    return {**spec, "deploymentSpec": {**spec["deploymentSpec"], "executors": executors}}
