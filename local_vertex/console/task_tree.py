"""The pipeline of a run as a tree: tasks, the groups around them, and what state each of them is in.

Source of the structure: pipeline_spec.proto of kfp-pipeline-spec (`DagSpec`, `PipelineTaskSpec`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from local_vertex.calls import Json

_CHANNEL = re.compile(r"inputs\.parameter_values\['(?:pipelinechannel--)?([^']+?)(?:-Output)?'\]")
_NOT_EQUAL = re.compile(r"!\((\S+) == ('[^']*'|\S+)\)")
_BRANCHES = re.compile(r"condition-branches-\d+")
_WORST_FIRST = ("FAILED", "CANCELLING", "RUNNING", "CANCELLED", "PENDING", "SUCCEEDED", "SKIPPED", "NOT_TRIGGERED")


@dataclass(frozen=True, slots=True)
class Node:
    """A task, or a group of tasks.

    Attributes:
        name: Name in its DAG.
        label: What people call it.
        note: When it runs: a condition, the items of a loop, the end of an exit handler; else empty.
        after: Names of the nodes beside it that come before it.
        details: `taskDetails` of the task, one per iteration of the loops around it; empty for a group.
        inner: The nodes in a group; empty for a task.
    """

    name: str
    label: str
    note: str
    after: tuple[str, ...]
    details: tuple[Json, ...] = ()
    inner: tuple[Node, ...] = ()

    @property
    def state(self) -> str:
        """State of the task, or of what is in the group; the worst of several. Empty for an importer."""
        return worst([detail["state"] for detail in self.details] + [node.state for node in self.inner])


def worst(states: Iterable[str]) -> str:
    """The state that a person has to know of first; a group that has begun and waits for the rest is running."""
    found = set(states)
    if "PENDING" in found and "SUCCEEDED" in found and not found & {"FAILED", "CANCELLED"}:
        return "RUNNING"
    return next((state for state in _WORST_FIRST if state in found), "")


def task_tree(job: Json) -> list[Node]:
    """The nodes of the pipeline's outermost DAG.

    Args:
        job: The pipeline job with `pipelineSpec` and `jobDetail`.
    """
    details: dict[str, list[Json]] = {}
    for detail in job["jobDetail"]["taskDetails"]:
        details.setdefault(detail["taskUniqueName"], []).append(detail)
    return _nodes(job["pipelineSpec"], job["pipelineSpec"]["root"], (), details)


def _nodes(spec: Json, component: Json, groups: tuple[str, ...], details: dict[str, list[Json]]) -> list[Node]:
    nodes = []
    # The order of a proto's map means nothing.
    for name, task in sorted(component["dag"]["tasks"].items(), key=_natural):
        inner = spec["components"].get(task["componentRef"]["name"], {})
        path = (*groups, name)
        node = Node(name, name, _note(task, inner), tuple(task.get("dependentTasks", ())))
        if "dag" in inner:
            label = str(task.get("taskInfo", {}).get("name") or name)
            node = replace(node, label=label, inner=tuple(_nodes(spec, inner, path, details)))
        else:
            node = replace(node, details=tuple(details.get(".".join(path), ())))
        nodes.append(node)
    return list(_without_branches(nodes))


def _natural(item: tuple[str, Json]) -> list[tuple[int, str]]:
    """Sorts `condition-9` before `condition-10`."""
    return [(int(part), "") if part.isdecimal() else (0, part) for part in re.split(r"(\d+)", item[0])]


def _note(task: Json, component: Json) -> str:
    policy = task.get("triggerPolicy", {})
    iterator = task.get("parameterIterator") or task.get("artifactIterator")
    if iterator:
        items = iterator["items"]
        source = items.get("inputParameter") or items.get("inputArtifact") or items.get("raw") or "items"
        return f"for each of {str(source).removeprefix('pipelinechannel--').removesuffix('-Output')}"
    if "condition" in policy:
        return "if " + _NOT_EQUAL.sub(r"\1 != \2", _CHANNEL.sub(r"\1", policy["condition"]))
    if policy.get("strategy") == "ALL_UPSTREAM_TASKS_COMPLETED":
        return "at the end, always"
    return "" if "dag" in component or component.get("executorLabel") else "importer"


def _without_branches(nodes: list[Node]) -> Iterator[Node]:
    """The nodes with the branches of an if/else in the place of the group that only holds them together."""
    branches = {node.name: node.inner for node in nodes if node.inner and _BRANCHES.fullmatch(node.name)}
    for node in nodes:
        after = [one for name in node.after for one in _names(name, branches)]
        if node.name in branches:
            yield from (replace(branch, after=(*branch.after, *after)) for branch in branches[node.name])
        else:
            yield replace(node, after=tuple(after))


def _names(name: str, branches: dict[str, tuple[Node, ...]]) -> list[str]:
    return [branch.name for branch in branches[name]] if name in branches else [name]
