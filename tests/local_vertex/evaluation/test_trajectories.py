"""Metrics of agents' trajectories, through the beta evaluation client: that of v1 does not know them."""

from __future__ import annotations

from typing import Any

import pytest
from google.api_core import exceptions
from google.cloud.aiplatform_v1beta1 import EvaluationServiceClient
from google.oauth2.credentials import Credentials

from local_vertex.server import RunningServer

LOCATION = "projects/eval/locations/europe-west4"
REFERENCE = "find book pay"


@pytest.fixture(scope="module")
def evaluator(server: RunningServer) -> EvaluationServiceClient:
    return EvaluationServiceClient(
        transport="rest", credentials=Credentials("local"), client_options={"api_endpoint": server.base_url}
    )


def trajectory(tools: str) -> dict[str, Any]:
    return {"tool_calls": [{"tool_name": tool, "tool_input": f'{{"{tool}": 1}}'} for tool in tools.split()]}


def scores(client: EvaluationServiceClient, metric: str, predicted: list[str], **spec: str) -> list[float]:
    instances = [
        {"predicted_trajectory": trajectory(tools), **({} if spec else {"reference_trajectory": trajectory(REFERENCE)})}
        for tools in predicted
    ]
    field = f"trajectory_{metric}"
    body = {"metric_spec": spec, "instances": instances}
    reply = client.evaluate_instances(request={"location": LOCATION, f"{field}_input": body})
    values = getattr(getattr(reply, f"{field}_results"), f"{field}_metric_values")
    return [round(value.score, 3) for value in values]


@pytest.mark.parametrize(
    ("metric", "wanted"),
    [
        ("exact_match", [1, 0, 0, 0, 0]),
        ("in_order_match", [1, 1, 0, 0, 0]),
        ("any_order_match", [1, 1, 1, 0, 0]),
        ("precision", [1, 0.75, 1, 0.5, 0]),
        ("recall", [1, 1, 1, 0.333, 0]),
    ],
)
def test_what_was_called_is_compared(evaluator: EvaluationServiceClient, metric: str, wanted: list[float]) -> None:
    predicted = [REFERENCE, "find book look pay", "pay book find", "find look", ""]
    assert scores(evaluator, metric, predicted) == wanted


def test_whether_a_tool_was_called(evaluator: EvaluationServiceClient) -> None:
    assert scores(evaluator, "single_tool_use", ["find pay", "find", ""], tool_name="pay") == [1, 0, 0]


def test_a_call_with_another_input_is_another_call(evaluator: EvaluationServiceClient) -> None:
    instance = {
        "predicted_trajectory": {"tool_calls": [{"tool_name": "pay", "tool_input": "1"}]},
        "reference_trajectory": {"tool_calls": [{"tool_name": "pay", "tool_input": "2"}]},
    }
    body = {"metric_spec": {}, "instances": [instance]}
    reply = evaluator.evaluate_instances(request={"location": LOCATION, "trajectory_recall_input": body})
    assert [value.score for value in reply.trajectory_recall_results.trajectory_recall_metric_values] == [0]


@pytest.mark.parametrize(
    ("field", "body", "match"),
    [
        ("exact_match", {"instances": []}, "has no instances"),
        ("exact_match", {"instances": [{"predicted_trajectory": {}}]}, "has no referenceTrajectory"),
        ("single_tool_use", {"instances": [{"predicted_trajectory": {}}]}, "tool_name is missing"),
    ],
)
def test_what_is_missing_is_refused(
    evaluator: EvaluationServiceClient, field: str, body: dict[str, Any], match: str
) -> None:
    with pytest.raises(exceptions.BadRequest, match=match):
        evaluator.evaluate_instances(request={"location": LOCATION, f"trajectory_{field}_input": body})
