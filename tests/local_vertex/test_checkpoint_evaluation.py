"""`evaluationConfig`: every checkpoint is evaluated on the validation file, with results in Cloud Storage."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from google.genai import errors, types

from local_vertex.evaluation.aggregation import aggregated

if TYPE_CHECKING:
    from tests.local_vertex.conftest import Cloud

Examples = list[dict[str, Any]]
TEMPLATE = "Rate the answer from 1 to 5.\nQuestion: {prompt}\nAnswer: {response}\nReference: {reference}"


@pytest.fixture(scope="module")
def cloud(new_cloud: Callable[[str], Cloud]) -> Cloud:
    return new_cloud("evaluated")


def config(cloud: Cloud, *metrics: types.Metric, prefix: str | None = None) -> types.EvaluationConfig:
    return types.EvaluationConfig(
        metrics=list(metrics or (types.Metric(name="exact_match"),)),
        output_config=types.OutputConfig(
            gcs_destination=types.GcsDestination(output_uri_prefix=prefix or f"gs://{cloud.bucket}/results")
        ),
    )


def validation(cloud: Cloud, lines: Examples) -> types.TuningValidationDataset:
    return types.TuningValidationDataset(gcs_uri=cloud.upload("validation.jsonl", lines))


def read(cloud: Cloud, uri: str) -> Examples:
    blob = cloud.storage.bucket(cloud.bucket).blob(uri.removeprefix(f"gs://{cloud.bucket}/"))
    return [json.loads(line) for line in blob.download_as_text().splitlines()]


def test_every_checkpoint_is_evaluated(cloud: Cloud, topics: Examples) -> None:
    judged = types.Metric(name="judged", prompt_template=TEMPLATE)
    evaluation = config(cloud, types.Metric(name="exact_match"), types.Metric(name="rouge_l_sum"), judged)
    job = cloud.tune(
        cloud.upload("train.jsonl", topics),
        epoch_count=3,
        validation_dataset=validation(cloud, topics[::5]),
        evaluation_config=evaluation,
    )
    job = cloud.ended(job)
    assert job.state == types.JobState.JOB_STATE_SUCCEEDED
    runs = job.evaluate_dataset_runs or []
    assert [run.checkpoint_id for run in runs] == ["1", "2", "3"]
    response = runs[-1].evaluate_dataset_response
    assert response is not None
    assert response.aggregation_output is not None
    results = response.aggregation_output.aggregation_results or []
    averages = [result for result in results if result.aggregation_metric == types.AggregationMetric.AVERAGE]
    assert len(averages) == 3
    exact = averages[0].exact_match_metric_value
    assert exact is not None
    directory = str(response.output_info.gcs_output_directory)  # type: ignore[union-attr]
    assert directory.startswith(f"gs://{cloud.bucket}/results/evaluation_")
    lines = read(cloud, f"{directory}/evaluation_results.jsonl")
    assert len(lines) == 9
    shown = [json.loads(line["jsonInstance"]) for line in lines]
    assert exact.score == pytest.approx(sum(row["response"] == row["reference"] for row in shown) / 9)
    assert len(lines[0]["metricResults"]) == 3
    assert len(read(cloud, f"{directory}/aggregation_results.jsonl")) == len(results)


def test_a_bucket_that_is_gone_is_the_error_of_the_run_and_not_of_the_job(cloud: Cloud, topics: Examples) -> None:
    job = cloud.tune(
        cloud.upload("train.jsonl", topics),
        epoch_count=1,
        validation_dataset=validation(cloud, topics[::5]),
        evaluation_config=config(cloud, prefix="gs://no-such-bucket-anywhere/results"),
    )
    job = cloud.ended(job)
    assert job.state == types.JobState.JOB_STATE_SUCCEEDED
    (run,) = job.evaluate_dataset_runs or []
    assert run.evaluate_dataset_response is None
    assert "does not exist" in str(run.error)


def test_parts_other_than_text_fail_the_job_with_the_words_of_the_service(cloud: Cloud, topics: Examples) -> None:
    picture = json.loads(json.dumps(topics[0]))
    picture["contents"][0]["parts"].append({"fileData": {"mimeType": "image/png", "fileUri": "gs://b/x.png"}})
    job = cloud.tune(
        cloud.upload("train.jsonl", topics),
        validation_dataset=validation(cloud, [picture]),
        evaluation_config=config(cloud),
    )
    assert "Multimodal is not supported for tunex evaluation" in str(cloud.ended(job).error)


@pytest.mark.parametrize(
    ("base_model", "location", "with_validation", "sentence"),
    [
        ("gemini-2.5-flash", "europe-west4", True, "us-central1 only"),
        ("gemini-3.5-flash", "us-central1", True, "not supported for gemini-3.5-flash"),
        ("gemini-2.5-flash", "us-central1", False, "needs validation_dataset_uri"),
    ],
)
def test_where_it_is_refused(
    cloud: Cloud, topics: Examples, base_model: str, location: str, with_validation: bool, sentence: str
) -> None:
    fields = {"validation_dataset": validation(cloud, topics[:1])} if with_validation else {}
    with pytest.raises(errors.ClientError, match=sentence):
        cloud.tune(cloud.upload("train.jsonl", topics), base_model, location, evaluation_config=config(cloud), **fields)


def test_a_malformed_metric_and_output_are_refused(cloud: Cloud, topics: Examples) -> None:
    uri, data = cloud.upload("train.jsonl", topics), validation(cloud, topics[:1])
    unknown = types.Metric(name="judged", prompt_template="{something}")
    with pytest.raises(errors.ClientError, match=r"placeholder \{something\}"):
        cloud.tune(uri, validation_dataset=data, evaluation_config=config(cloud, unknown))
    with pytest.raises(errors.ClientError, match="output_uri_prefix"):
        cloud.tune(uri, validation_dataset=data, evaluation_config=config(cloud, prefix="gs://"))


def test_scores_are_aggregated_as_the_metric_says() -> None:
    metric = {"rougeSpec": {}, "aggregationMetrics": ["AVERAGE", "MEDIAN", "STANDARD_DEVIATION", "PERCENTILE_P90"]}
    values = {name: value for _, name, value in aggregated(metric, [0.0, 0.0, 1.0, 1.0])}
    assert values == pytest.approx(
        {"rouge/AVERAGE": 0.5, "rouge/MEDIAN": 0.5, "rouge/STANDARD_DEVIATION": 0.5, "rouge/PERCENTILE_P90": 1.0}
    )
    assert [name for _, name, _ in aggregated({"pointwiseMetricSpec": {}}, [3.0])] == ["pointwise/AVERAGE"]
    assert list(aggregated({"bleuSpec": {}}, [])) == []
