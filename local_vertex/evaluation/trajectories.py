"""Metrics of agents' trajectories: the tool calls that were made against those that should have been.

Source: the service's page "Evaluate Gen AI agents" for what each metric says. A call is the same when tool and input
are the same to the character; how often a call is repeated counts for the two orders and not for precision and recall,
which is an own decision.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence

from local_vertex.calls import Json, invalid_argument

ToolCall = tuple[str, str]
Metric = Callable[[Sequence[ToolCall], Sequence[ToolCall]], float]
"""Takes the predicted and the reference trajectory and returns a score from 0 to 1."""


def _exact(predicted: Sequence[ToolCall], reference: Sequence[ToolCall]) -> float:
    return float(predicted == reference)


def _in_order(predicted: Sequence[ToolCall], reference: Sequence[ToolCall]) -> float:
    left = iter(predicted)
    return float(all(call in left for call in reference))


def _any_order(predicted: Sequence[ToolCall], reference: Sequence[ToolCall]) -> float:
    return float(not Counter(reference) - Counter(predicted))


def _precision(predicted: Sequence[ToolCall], reference: Sequence[ToolCall]) -> float:
    return sum(call in reference for call in predicted) / len(predicted) if predicted else 0.0


def _recall(predicted: Sequence[ToolCall], reference: Sequence[ToolCall]) -> float:
    return sum(call in predicted for call in reference) / len(reference) if reference else 0.0


_COMPARED: dict[str, Metric] = {
    "trajectoryExactMatch": _exact,
    "trajectoryInOrderMatch": _in_order,
    "trajectoryAnyOrderMatch": _any_order,
    "trajectoryPrecision": _precision,
    "trajectoryRecall": _recall,
}
_SINGLE = "trajectorySingleToolUse"
TRAJECTORIES = frozenset(f"{name}Input" for name in (*_COMPARED, _SINGLE))
"""Fields of the request."""


def trajectory_scores(field: str, metric_input: Json) -> Json:
    """The reply to a request with one of the fields of `TRAJECTORIES`.

    Raises:
        ServiceError: 400, a trajectory or the tool's name is missing.
    """
    name = field.removesuffix("Input")
    instances, tool = metric_input.get("instances", []), metric_input.get("metricSpec", {}).get("toolName", "")
    if not instances:
        raise invalid_argument(f"{field} has no instances.")
    if name == _SINGLE and not tool:
        raise invalid_argument(f"{field}.metric_spec.tool_name is missing.")
    scores = []
    for number, instance in enumerate(instances):
        predicted = _calls(field, number, instance, "predictedTrajectory")
        if name == _SINGLE:
            scores.append(float(tool in [called for called, _ in predicted]))
        else:
            scores.append(_COMPARED[name](predicted, _calls(field, number, instance, "referenceTrajectory")))
    return {f"{name}Results": {f"{name}MetricValues": [{"score": score} for score in scores]}}


def _calls(field: str, number: int, instance: Json, which: str) -> list[ToolCall]:
    if which not in instance:
        raise invalid_argument(f"{field}.instances[{number}] has no {which}.")
    calls = instance[which].get("toolCalls", [])
    return [(call.get("toolName", ""), call.get("toolInput", "")) for call in calls]
