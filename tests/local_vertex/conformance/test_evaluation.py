"""The evaluation service through the low-level clients of both versions and `vertexai.Client().evals`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.local_vertex.conformance.target import Target

CALL_USD = 0.01
PAIR = {"prediction": "the refund was late", "reference": "the refund was late"}
ROW = json.dumps({"prompt": "Name the topic.", "response": "a refund", "baseline": "a parcel", "reference": "refund"})
COMPUTED: dict[str, dict[str, Any]] = {
    "exact_match": {},
    "bleu": {"use_effective_order": True},
    "rouge": {"rouge_type": "rougeL", "use_stemmer": True},
}
TOOL_CALL = {
    field: json.dumps({"content": "", "tool_calls": [{"name": "book", "arguments": {"seats": "2"}}]})
    for field in ("prediction", "reference")
}


@pytest.fixture(autouse=True)
def _paid_for(target: Target) -> None:
    target.pay(CALL_USD)


def evaluated(target: Target, api: Any, **request: Any) -> Any:
    client = target.gapic(api.EvaluationServiceClient)
    return client.evaluate_instances(request={"location": target.parent, **request})


@pytest.mark.parametrize("metric", COMPUTED)
def test_computed_metrics(target: Target, api: Any, metric: str) -> None:
    body = {"metric_spec": COMPUTED[metric], "instances": [PAIR, {**PAIR, "prediction": "hello"}]}
    reply = evaluated(target, api, **{f"{metric}_input": body})
    values = getattr(getattr(reply, f"{metric}_results"), f"{metric}_metric_values")
    assert [round(value.score, 3) for value in values] == [1.0, 0.0]


def test_a_dataset_is_evaluated(target: Target, api: Any) -> None:
    rows = [{"response": "refund", "reference": "refund"}, {"response": "parcel", "reference": "refund"}]
    name = api.__name__.rpartition("_")[2]
    uri = target.upload(f"rows-{name}.jsonl", "".join(json.dumps(row) + "\n" for row in rows))
    client = target.gapic(api.EvaluationServiceClient)
    if not hasattr(client, "evaluate_dataset"):
        pytest.skip("the beta client has it")
    request = {
        "location": target.parent,
        "dataset": {"gcs_source": {"uris": [uri]}},
        "metrics": [{"exact_match_spec": {}, "aggregation_metrics": ["AVERAGE", "MINIMUM"]}],
        "output_config": {
            "gcs_destination": {"output_uri_prefix": f"gs://{target.bucket}/{target.run}/evaluated-{name}"}
        },
    }
    reply = client.evaluate_dataset(request=request).result()
    totals = reply.aggregation_output.aggregation_results
    assert [total.exact_match_metric_value.score for total in totals] == [0.5, 0.0]
    prefix = reply.output_info.gcs_output_directory.partition(f"{target.bucket}/")[2]
    bucket = target.storage().bucket(target.bucket)
    text = bucket.blob(f"{prefix}/evaluation_results.jsonl").download_as_text()
    found = [json.loads(line) for line in text.splitlines()]
    assert [json.loads(line["jsonInstance"]) for line in found] == rows
    assert [line["metricResults"][0]["score"] for line in found] == [1.0, 0.0]


@pytest.mark.parametrize(
    "metric",
    ["tool_call_valid", "tool_name_match", "tool_parameter_key_match", "tool_parameter_kv_match"],
)
def test_tool_call_metrics(target: Target, api: Any, metric: str) -> None:
    reply = evaluated(target, api, **{f"{metric}_input": {"metric_spec": {}, "instances": [TOOL_CALL]}})
    (value,) = getattr(getattr(reply, f"{metric}_results"), f"{metric}_metric_values")
    assert value.score == 1.0


def test_pointwise_judgement(target: Target, api: Any) -> None:
    template = "Rate from 1 to 5 how well the response names the topic.\n{prompt}\n{response}"
    body = {"metric_spec": {"metric_prompt_template": template}, "instance": {"json_instance": ROW}}
    result = evaluated(target, api, pointwise_metric_input=body).pointwise_metric_result
    assert 1 <= result.score <= 5
    assert result.explanation


def test_pairwise_judgement(target: Target, api: Any) -> None:
    spec = {
        "metric_prompt_template": "Which names the topic better?\nA: {baseline}\nB: {response}",
        "candidate_response_field_name": "response",
        "baseline_response_field_name": "baseline",
    }
    body = {"metric_spec": spec, "instance": {"json_instance": ROW}}
    result = evaluated(target, api, pairwise_metric_input=body).pairwise_metric_result
    assert result.pairwise_choice in (1, 2, 3)
    assert result.explanation


def test_a_judge_of_ones_own_choice(target: Target, api: Any) -> None:
    judge = f"{target.parent}/publishers/google/models/gemini-2.5-flash"
    body = {
        "metric_spec": {"metric_prompt_template": "Rate from 1 to 5.\n{response}"},
        "instance": {"json_instance": ROW},
    }
    config = {"autorater_model": judge, "sampling_count": 2}
    if "autorater_config" not in api.EvaluateInstancesRequest.meta.fields:
        pytest.skip("this version's client cannot name a judge")
    assert evaluated(target, api, pointwise_metric_input=body, autorater_config=config).pointwise_metric_result.score


def test_the_evals_of_the_sdk(target: Target) -> None:
    pandas = pytest.importorskip("pandas", reason="vertexai.Client().evals needs pandas and tqdm")
    pytest.importorskip("tqdm", reason="vertexai.Client().evals needs pandas and tqdm")
    import vertexai
    from vertexai import types

    client = vertexai.Client(
        project=target.project,
        location=target.location,
        credentials=target.credentials,
        http_options={"base_url": target.base_url} if target.base_url else None,
    )
    rows = pandas.DataFrame({"prompt": ["Say a.", "Say b."], "response": ["a", "x"], "reference": ["a", "b"]})
    judged = types.LLMMetric(name="topic", prompt_template="Rate from 1 to 5.\n{prompt}\n{response}")
    result = client.evals.evaluate(dataset=rows, metrics=[types.Metric(name="exact_match"), judged])
    means = {metric.metric_name: metric.mean_score for metric in result.summary_metrics}
    assert means["exact_match"] == 0.5
    assert means["topic"] is not None
