"""Metrics without a judge, through the evaluation client."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from google.api_core import exceptions
from google.cloud.aiplatform_v1 import EvaluationServiceClient

from local_vertex.calls import Call, ServiceError
from local_vertex.context import Context
from local_vertex.evaluation.evaluation import Evaluation
from local_vertex.evaluation.rouge import rouge
from local_vertex.state import State
from local_vertex.storage.object_store import ObjectStore

if TYPE_CHECKING:
    from tests.local_vertex.evaluation.conftest import Post

LOCATION = "projects/eval/locations/europe-west4"
BOOKING = {"name": "book", "arguments": {"film": "Alien", "seats": "2"}}


def evaluated(
    client: EvaluationServiceClient, field: str, instances: list[tuple[str, str]], **spec: Any
) -> list[float]:
    body = {
        "metric_spec": spec,
        "instances": [{"prediction": prediction, "reference": reference} for prediction, reference in instances],
    }
    reply = client.evaluate_instances(request={"location": LOCATION, f"{field}_input": body})
    values = getattr(getattr(reply, f"{field}_results"), f"{field}_metric_values")
    return [round(value.score, 4) for value in values]


def test_exact_match_is_one_score_per_instance(evaluator: EvaluationServiceClient) -> None:
    assert evaluated(evaluator, "exact_match", [("a", "a"), ("a", "A"), ("", "")]) == [1, 0, 1]


def test_bleu_is_a_fraction_and_effective_order_helps_short_texts(evaluator: EvaluationServiceClient) -> None:
    same = "the cat sat on the mat"
    assert evaluated(evaluator, "bleu", [(same, same), ("", same)]) == [1, 0]
    assert evaluated(evaluator, "bleu", [("a cat", "a cat")]) == [0]
    assert evaluated(evaluator, "bleu", [("a cat", "a cat")], use_effective_order=True) == [1]


@pytest.mark.parametrize(
    ("spec", "prediction", "reference", "score"),
    [
        ({"rouge_type": "rouge1"}, "the cat sat", "the cat", 0.8),
        ({"rouge_type": "rouge2"}, "the cat sat down", "the cat sat", 0.8),
        ({"rouge_type": "rouge9"}, "the cat sat", "the cat sat", 0.0),
        ({"rouge_type": "rougeL"}, "a b c d", "d a b x", 0.5),
        ({"rouge_type": "rougeL"}, "cats running", "cat run", 0.0),
        ({"rouge_type": "rougeL", "use_stemmer": True}, "cats running", "cat run", 1.0),
        ({"rouge_type": "rougeLsum"}, "one two\nthree four", "three four\none two", 1.0),
        ({"rouge_type": "rougeLsum"}, "One two. Three four.", "Three four. One two.", 0.5),
        ({"rouge_type": "rougeLsum", "split_summaries": True}, "One two. Three four.", "Three four. One two.", 1.0),
        ({}, "one two\nthree four", "three four\none two", 1.0),
        ({"rouge_type": "rougeL"}, "Привет мир", "привет, мир!", 1.0),
        ({"rouge_type": "rougeL"}, "猫が好き", "猫が嫌い", 0.5),
        ({"rouge_type": "rouge1"}, "", "a", 0.0),
    ],
)
def test_rouge_is_the_f1_of_its_variant(
    evaluator: EvaluationServiceClient, spec: dict[str, Any], prediction: str, reference: str, score: float
) -> None:
    assert evaluated(evaluator, "rouge", [(prediction, reference)], **spec) == [score]


def test_a_word_of_the_summary_counts_once_in_rouge_l_sum() -> None:
    # Lin 2004, section 3.2: the union of both subsequences has four of the five words of the reference.
    assert rouge("rougeLsum", "w1 w2 w6 w7 w8\nw1 w3 w8 w9 w5", "w1 w2 w3 w4 w5") == pytest.approx(2 * 4 / (10 + 5))


def test_lines_that_would_fill_the_memory_are_refused() -> None:
    long = "word " * 40_000
    assert rouge("rougeL", long, long) == 1
    with pytest.raises(ServiceError, match="too long for rougeLsum"):
        rouge("rougeLsum", long, long)


@pytest.mark.parametrize(
    ("field", "called", "wanted", "score"),
    [
        ("tool_call_valid", BOOKING, None, 1),
        ("tool_call_valid", {"name": "book"}, None, 0),
        ("tool_call_valid", "book", None, 0),
        ("tool_name_match", BOOKING, {"name": "book", "arguments": {}}, 1),
        ("tool_name_match", BOOKING, {"name": "cancel", "arguments": {}}, 0),
        ("tool_parameter_key_match", BOOKING, {"name": "book", "arguments": {"film": "Jaws", "day": "1"}}, 0.3333),
        ("tool_parameter_key_match", {"name": "a", "arguments": {}}, {"name": "a", "arguments": {}}, 1),
        ("tool_parameter_kv_match", BOOKING, {"name": "book", "arguments": {"film": "alien ", "seats": 2}}, 1),
        ("tool_parameter_kv_match", BOOKING, {"name": "book", "arguments": {"film": "Jaws", "seats": "2"}}, 0.5),
    ],
)
def test_the_first_tool_call_is_compared(
    evaluator: EvaluationServiceClient, field: str, called: Any, wanted: Any, score: float
) -> None:
    prediction, reference = (
        json.dumps({"content": "", "tool_calls": [call, {"name": "other", "arguments": {}}]})
        for call in (called, wanted)
    )
    assert evaluated(evaluator, field, [(prediction, reference)]) == [score]
    as_text = json.dumps({"content": "", "tool_calls": json.dumps([called])})
    assert evaluated(evaluator, field, [(as_text, reference)]) == [score]


def test_strict_parameters_must_be_the_same_json(evaluator: EvaluationServiceClient) -> None:
    calls = [
        json.dumps({"content": "", "tool_calls": [{"name": "book", "arguments": {"film": "Alien", "seats": seats}}]})
        for seats in ("2", 2)
    ]
    pairs = [(calls[0], calls[1]), (calls[0], calls[0])]
    assert evaluated(evaluator, "tool_parameter_kv_match", pairs, use_strict_string_match=True) == [0.5, 1]


@pytest.mark.parametrize("text", ["", "no JSON", "[]", '{"tool_calls": []}', '{"tool_calls": "x"}', "[" * 100_000])
def test_what_is_no_tool_call_scores_nothing(evaluator: EvaluationServiceClient, text: str) -> None:
    assert evaluated(evaluator, "tool_call_valid", [(text, "")]) == [0]
    assert evaluated(evaluator, "tool_parameter_key_match", [(text, text)]) == [0]


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ({}, "exactly one metric"),
        ({"exactMatchInput": {"metricSpec": {}}}, "no instances"),
        ({"exactMatchInput": {"instances": [{"prediction": "a"}]}}, r"instances[0] has no reference"),
        ({"toolCallValidInput": {"instances": [{"reference": "a"}]}}, "has no prediction"),
        (
            {"rougeInput": {"metricSpec": {"rougeType": "rougeX"}, "instances": [{"prediction": "", "reference": ""}]}},
            "rougeX",
        ),
        ({"exactMatchInput": {}, "bleuInput": {}}, "only one of"),
        ({"exactMatchInput": {}, "metrics": [{"exactMatchSpec": {}}]}, "exactly one metric"),
        ({"bleuInput": {"instances": [{"prediction": 1}]}}, "TYPE_STRING"),
    ],
)
def test_requests_that_cannot_be_evaluated(post: Post, body: dict[str, Any], sentence: str) -> None:
    for version in ("v1", "v1beta1"):
        reply = post(body, version=version)
        assert reply.status_code == 400
        assert reply.json()["error"]["status"] == "INVALID_ARGUMENT"
        assert sentence in reply.json()["error"]["message"]


@pytest.mark.parametrize("location", ["us", "eu", "asia-east1"])
def test_the_service_is_in_its_regions_only(evaluator: EvaluationServiceClient, location: str) -> None:
    request = {"location": f"projects/eval/locations/{location}", "exact_match_input": {"instances": []}}
    with pytest.raises(exceptions.BadRequest, match=f"not available in {location}; it is in europe-central2"):
        evaluator.evaluate_instances(request=request)


@pytest.mark.parametrize("field", ["cometInput", "metricxInput", "rubricBasedInstructionFollowingInput"])
def test_metrics_that_are_not_here_say_so(post: Post, field: str) -> None:
    reply = post({field: {}})
    assert (reply.status_code, reply.json()["error"]["status"]) == (501, "UNIMPLEMENTED")
    assert field in reply.json()["error"]["message"]


def test_others_are_answered_while_texts_are_compared(tmp_path: Path) -> None:
    instance = {"prediction": "a b", "reference": "a b"}
    body = {"rougeInput": {"metricSpec": {}, "instances": [instance] * 2000}}

    state = State(tmp_path)
    service = Evaluation(Context(tmp_path, state, ObjectStore(tmp_path / "objects", state), ""))

    async def others_have_their_turn() -> bool:
        names = {"location": "projects/1/locations/us-central1"}
        call = Call("projects.locations.evaluateInstances", "v1", names, body=body)
        evaluation = asyncio.create_task(service.evaluate_instances(call))
        await asyncio.sleep(0)
        unfinished = not evaluation.done()
        await evaluation
        return unfinished

    assert asyncio.run(others_have_their_turn())
    state.close()
