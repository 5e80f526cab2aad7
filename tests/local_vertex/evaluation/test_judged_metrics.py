"""Pointwise and pairwise verdicts of the judge's stand-in, through the evaluation clients."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from google.api_core import exceptions
from google.cloud import aiplatform_v1beta1
from google.cloud.aiplatform_v1 import EvaluationServiceClient
from google.cloud.aiplatform_v1.types import PairwiseChoice
from google.oauth2.credentials import Credentials

from local_vertex.evaluation.autorater import Autorater
from local_vertex.evaluation.judge import Compared, compare, rate
from local_vertex.evaluation.prompts import Prompt
from local_vertex.evaluation.rating_scale import RatingScale, read_scale

if TYPE_CHECKING:
    from google.genai import types

    from local_vertex.server import RunningServer
    from tests.local_vertex.conftest import Cloud
    from tests.local_vertex.evaluation.conftest import Post

LOCATION = "projects/eval/locations/us-central1"
JUDGE = f"{LOCATION}/publishers/google/models/gemini-2.5-pro"
POINTWISE = 'Rate it from 1 to 5. Answer with {"score": 1}.\n{prompt}\n{response}\n{reference}'
PAIRWISE = "Which is better?\nA: {baseline_model_response}\nB: {response}\n{reference}"
NAMES = {
    "candidate_response_field_name": "response",
    "baseline_response_field_name": "baseline_model_response",
}
ROW = {"prompt": "Name the topic", "response": "the refund was late", "reference": "the refund was late"}


@pytest.fixture
def fault(server: RunningServer) -> Iterator[Callable[..., None]]:
    with httpx.Client(base_url=server.base_url) as web:
        yield lambda **rule: web.post("/_faults", json=rule).raise_for_status() and None
        web.delete("/_faults")


def pointwise(row: dict[str, str] = ROW, template: str = POINTWISE, **spec: Any) -> dict[str, Any]:
    return {"metric_spec": {"metric_prompt_template": template, **spec}, "instance": {"json_instance": json.dumps(row)}}


def pairwise(candidate: str, baseline: str, **spec: Any) -> dict[str, Any]:
    row = {"response": candidate, "baseline_model_response": baseline, "reference": ROW["reference"]}
    return pointwise(row, PAIRWISE, **spec)


def rated(client: EvaluationServiceClient, body: dict[str, Any]) -> Any:
    return client.evaluate_instances(request={"location": LOCATION, "pointwise_metric_input": body})


def test_a_response_like_its_reference_gets_the_better_score(evaluator: EvaluationServiceClient) -> None:
    good = rated(evaluator, pointwise()).pointwise_metric_result
    bad = rated(evaluator, pointwise({**ROW, "response": "no idea"})).pointwise_metric_result
    assert good.score > 4 > 2 > bad.score >= 1
    assert good.explanation.startswith("Verdict of local Vertex's rule, no language model")
    assert "refund" not in good.explanation


def test_contents_may_take_the_place_of_json(evaluator: EvaluationServiceClient) -> None:
    values = {name: {"contents": [{"role": "user", "parts": [{"text": text}]}]} for name, text in ROW.items()}
    body = {**pointwise(), "instance": {"content_map_instance": {"values": values}}}
    assert rated(evaluator, body) == rated(evaluator, pointwise())


def test_without_a_reference_the_words_of_the_other_fields_count(evaluator: EvaluationServiceClient) -> None:
    template = "{prompt} {response}"
    grounded = rated(evaluator, pointwise({"prompt": "late refund", "response": "refund"}, template))
    invented = rated(evaluator, pointwise({"prompt": "late refund", "response": "elephants"}, template))
    assert grounded.pointwise_metric_result.score > invented.pointwise_metric_result.score


def test_the_same_request_gets_the_same_verdict_and_samples_differ(post: Post) -> None:
    row = {**ROW, "response": "the refund"}

    def samples(count: int, model: str = JUDGE) -> list[int]:
        spec = {"metricPromptTemplate": POINTWISE, "customOutputFormatConfig": {"returnRawOutput": True}}
        body = {
            "pointwiseMetricInput": {"metricSpec": spec, "instance": {"jsonInstance": json.dumps(row)}},
            "autoraterConfig": {"samplingCount": count, "autoraterModel": model},
        }
        result = post(body).json()["pointwiseMetricResult"]
        assert "score" not in result
        return [json.loads(said)["score"] for said in result["customOutput"]["rawOutputs"]["rawOutput"]]

    many = samples(32)
    assert samples(32) == many
    assert samples(5) == many[:5]
    assert len(set(many)) > 1
    assert samples(32, JUDGE.replace("2.5-pro", "2.5-flash")) != many


def test_four_samples_are_taken_unless_the_request_says_otherwise(evaluator: EvaluationServiceClient) -> None:
    spec = {"custom_output_format_config": {"return_raw_output": True}}
    result = rated(evaluator, pointwise(**spec)).pointwise_metric_result
    assert len(result.custom_output.raw_outputs.raw_output) == 4
    assert not result.explanation


def test_the_better_of_two_wins(evaluator: EvaluationServiceClient) -> None:
    def choice(candidate: str, baseline: str) -> PairwiseChoice:
        body = pairwise(candidate, baseline, **NAMES)
        reply = evaluator.evaluate_instances(request={"location": LOCATION, "pairwise_metric_input": body})
        assert "no language model" in reply.pairwise_metric_result.explanation
        return reply.pairwise_metric_result.pairwise_choice

    right = ROW["reference"]
    assert choice(right, "no idea") == PairwiseChoice.CANDIDATE
    assert choice("no idea", right) == PairwiseChoice.BASELINE


def test_a_judge_prefers_what_it_is_shown_first_and_flipping_evens_that_out() -> None:
    def share(*, flip: bool) -> float:
        won = total = 0
        for number in range(50):
            fields = {"response": f"word {number}", "baseline_model_response": f"word {number}", "reference": "word"}
            prompt = Prompt(PAIRWISE, fields)
            choices = compare(Autorater(samples=32), prompt, "response", "baseline_model_response", flip=flip).choices
            won, total = won + choices.count("BASELINE"), total + len(choices) - choices.count("TIE")
        return won / total

    assert share(flip=False) > 0.75
    assert 0.45 < share(flip=True) < 0.55


def test_flipping_changes_the_verdict_of_the_service(post: Post) -> None:
    def votes(*, flip: bool) -> str:
        body = {
            "pairwiseMetricInput": pairwise("refund", "refund", **NAMES),
            "autoraterConfig": {"samplingCount": 32, "flipEnabled": flip},
        }
        result = post(body).json()["pairwiseMetricResult"]
        assert f"flipped in {16 if flip else 0} samples" in result["explanation"]
        return str(result["pairwiseChoice"])

    assert votes(flip=False) == "BASELINE"
    assert votes(flip=True) == votes(flip=True)


@pytest.mark.parametrize(
    ("choices", "choice"),
    [
        (["CANDIDATE", "BASELINE"], "TIE"),
        (["CANDIDATE", "TIE"], "CANDIDATE"),
        (["BASELINE", "BASELINE", "CANDIDATE"], "BASELINE"),
        (["TIE", "TIE", "CANDIDATE"], "TIE"),
    ],
)
def test_most_samples_decide(choices: list[str], choice: str) -> None:
    compared = Compared(choices, "")
    assert compared.choice == choice
    assert compared.confidence == pytest.approx(choices.count(choice) / len(choices))


@pytest.mark.parametrize(
    ("template", "scale"),
    [
        ("no scale at all {response}", (1, 5)),
        ("Rate the response from 0 to 10.", (0, 10)),
        ("Give a score between 1 and 3", (1, 3)),
        ("## Rating Rubric\n5 (very good): x\n1 (bad): y", (1, 5)),
        ("- 1: yes\n- 0: no", (0, 1)),
        ("STEP 1: read\nSTEP 2: think", (1, 5)),
    ],
)
def test_the_template_says_what_is_rated_on(template: str, scale: tuple[int, int]) -> None:
    found = read_scale(template)
    assert (found.lowest, found.highest) == scale
    ratings = rate(Autorater(samples=32), Prompt(template, ROW), "response", RatingScale(*scale)).ratings
    assert max(ratings) == scale[1]
    assert all(scale[0] <= rating <= scale[1] for rating in ratings)


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ({"pointwiseMetricInput": {}}, "instance is missing"),
        ({"pointwiseMetricInput": {"instance": {"jsonInstance": '{"a": "b"}'}}}, "metric_prompt_template is missing"),
        ({"pointwiseMetricInput": pointwise({"response": "x"})}, "placeholder {prompt}"),
        ({"pointwiseMetricInput": {**pointwise(), "instance": {"jsonInstance": '{"a": 1}'}}}, "values are texts"),
        ({"pointwiseMetricInput": {**pointwise(), "instance": {"jsonInstance": "no"}}}, "must be the JSON text"),
        ({"pointwiseMetricInput": {**pointwise(), "instance": {"jsonInstance": '{"a": "\\ud800"}'}}}, "must be"),
        ({"pairwiseMetricInput": pointwise({"response": "x"}, "{response}")}, "baseline_model_response"),
        (
            {"pairwiseMetricInput": pairwise("a", "b"), "autoraterConfig": {"flipEnabled": True}},
            "candidate_response_field_name",
        ),
        ({"pointwiseMetricInput": pointwise(), "autoraterConfig": {"samplingCount": 0}}, r"range [1, 32]"),
        ({"pointwiseMetricInput": pointwise(), "autoraterConfig": {"samplingCount": 33}}, r"range [1, 32]"),
        (
            {
                "pointwiseMetricInput": pointwise(),
                "autoraterConfig": {"autoraterModel": JUDGE.replace("us-central1", "europe-west4")},
            },
            "allow_cross_region_model",
        ),
        ({"fluencyInput": {"instance": {}}}, "fluencyInput.instance has no prediction"),
        ({"summarizationQualityInput": {"instance": {"prediction": "x", "context": "y"}}}, "has no instruction"),
        (
            {"questionAnsweringCorrectnessInput": {
                "metricSpec": {"useReference": True}, "instance": {"prediction": "x", "instruction": "y"}}},
            "has no reference",
        ),
    ],
)  # fmt: skip
def test_requests_that_cannot_be_judged(post: Post, body: dict[str, Any], sentence: str) -> None:
    reply = post(body)
    assert reply.status_code == 400
    assert reply.json()["error"]["status"] == "INVALID_ARGUMENT"
    assert sentence in reply.json()["error"]["message"]


@pytest.mark.parametrize(
    "model", ["gemini-2.5-pro", f"{LOCATION}/publishers/google/models/gemini-9", f"{LOCATION}/endpoints/12"]
)
def test_an_unknown_judge_is_not_found(post: Post, model: str) -> None:
    reply = post({"pointwiseMetricInput": pointwise(), "autoraterConfig": {"autoraterModel": model}})
    assert (reply.status_code, reply.json()["error"]["status"]) == (404, "NOT_FOUND")


def test_a_tuned_endpoint_may_judge(post: Post, tuned_job: types.TuningJob, tuning_cloud: Cloud) -> None:
    assert tuned_job.tuned_model is not None
    body = {"pointwiseMetricInput": pointwise(), "autoraterConfig": {"autoraterModel": tuned_job.tuned_model.endpoint}}
    assert post(body).status_code == 200
    there = post(body, location="europe-west1")
    assert there.status_code == 400
    assert post({**body, "allowCrossRegionModel": True}, location="europe-west1").status_code == 200


@pytest.mark.parametrize(
    ("field", "instance", "range_"),
    [
        ("fluency", {}, (1, 5)),
        ("safety", {}, (0, 1)),
        ("groundedness", {"context": "the refund was late"}, (0, 1)),
        ("summarization_verbosity", {"context": "the refund was late"}, (-2, 0)),
        ("question_answering_quality", {"context": "late refund", "instruction": "why"}, (1, 5)),
    ],
)
def test_the_built_in_metrics_have_a_score_and_a_confidence(
    evaluator: EvaluationServiceClient, field: str, instance: dict[str, str], range_: tuple[int, int]
) -> None:
    body = {"instance": {"prediction": "the refund", **instance}}
    reply = evaluator.evaluate_instances(request={"location": LOCATION, f"{field}_input": body})
    result = getattr(reply, f"{field}_result")
    assert range_[0] <= result.score <= range_[1]
    assert 0 < result.confidence <= 1
    assert "no language model" in result.explanation


def test_the_built_in_comparison_uses_the_reference_when_it_shall(evaluator: EvaluationServiceClient) -> None:
    instance = {
        "prediction": "the refund was late", "baseline_prediction": "tell me",
        "reference": "the refund was late", "context": "tell me", "instruction": "tell me",
    }  # fmt: skip

    def choice(*, use_reference: bool) -> PairwiseChoice:
        body = {"metric_spec": {"use_reference": use_reference}, "instance": instance}
        request = {"location": LOCATION, "pairwise_question_answering_quality_input": body}
        return evaluator.evaluate_instances(request=request).pairwise_question_answering_quality_result.pairwise_choice

    assert choice(use_reference=True) == PairwiseChoice.CANDIDATE
    assert choice(use_reference=False) == PairwiseChoice.BASELINE


def test_a_judge_that_blocks_or_says_nothing(post: Post, fault: Callable[..., None]) -> None:
    fault(action="safety_block", path=":evaluateInstances", times=1)
    fault(action="empty_answer", path=":evaluateInstances", times=2)
    blocked = post({"pointwiseMetricInput": pointwise()})
    assert (blocked.status_code, blocked.json()["error"]["status"]) == (400, "FAILED_PRECONDITION")
    assert post({"pointwiseMetricInput": pointwise()}).json() == {"pointwiseMetricResult": {}}
    assert post({"pairwiseMetricInput": pairwise("a", "b")}).json() == {
        "pairwiseMetricResult": {"pairwiseChoice": "PAIRWISE_CHOICE_UNSPECIFIED"}
    }
    assert "score" in post({"pointwiseMetricInput": pointwise()}).json()["pointwiseMetricResult"]


def test_metrics_with_an_instance_as_the_evals_client_sends_them(server: RunningServer, post: Post) -> None:
    client = aiplatform_v1beta1.EvaluationServiceClient(
        transport="rest", credentials=Credentials("local"), client_options={"api_endpoint": server.base_url}
    )
    instance = {name: {"text": text} for name, text in ROW.items()}
    metrics = [{"computation_based_metric_spec": {"type_": "ROUGE", "parameters": {"rouge_type": "rouge1"}}}]
    reply = client.evaluate_instances(request={"location": LOCATION, "metrics": metrics, "instance": instance})
    assert reply.metric_results[0].score == 1
    judged = {"llm_based_metric_spec": {"metric_prompt_template": POINTWISE}}
    slashed = "/v1beta1/projects/eval/locations/us-central1/:evaluateInstances"
    events = [{"author": "model", "content": {"parts": [{"text": ROW["response"]}]}}]
    seen = {**instance, "agent_eval_data": {"turns": [{"turn_index": 0, "turn_id": "turn_0", "events": events}]}}
    body = {"metrics": [judged, {"exact_match_spec": {}}], "instance": seen}
    found = httpx.post(server.base_url + slashed, json=body, headers={"authorization": "Bearer x"}).json()
    assert len(found["metricResults"]) == 1
    assert found["metricResults"][0]["score"] > 4
    own = {"metric": {"exactMatchSpec": {}}}
    assert post({"metricSources": [own], "instance": instance}).json() == {"metricResults": [{"score": 1.0}]}


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"metrics": [{"exactMatchSpec": {}}]}, 400),
        ({"metrics": [{"exactMatchSpec": {}}], "instance": {"response": {"text": "x"}}}, 400),
        ({"metrics": [{}], "instance": {"response": {"text": "x"}, "reference": {"text": "x"}}}, 400),
        (
            {
                "metrics": [{"computationBasedMetricSpec": {"type": "ROUGE", "parameters": {"rouge_type": 5}}}],
                "instance": {"response": {"text": "x"}, "reference": {"text": "x"}},
            },
            400,
        ),
        ({"metrics": [{"predefinedMetricSpec": {}}], "instance": {"response": {"text": "x"}}}, 501),
        ({"metrics": [{"exactMatchSpec": {}}], "instance": {"agentEvalData": {}}}, 501),
        ({"metricSources": [{"metricResourceName": "projects/1/x"}]}, 404),
    ],
)
def test_metrics_that_cannot_be_evaluated(post: Post, body: dict[str, Any], code: int) -> None:
    assert post(body).status_code == code


def test_the_client_sees_the_refusal_as_an_error(evaluator: EvaluationServiceClient) -> None:
    with pytest.raises(exceptions.BadRequest, match="metric_prompt_template is missing"):
        rated(evaluator, {"instance": {"json_instance": '{"response": "x"}'}})
