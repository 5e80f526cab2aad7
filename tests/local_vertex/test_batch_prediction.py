"""Batch prediction jobs through google-genai and the job client: life, output, refusals, faults, cancel, restart."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from google.api_core import exceptions
from google.cloud.aiplatform_v1 import JobServiceClient
from google.cloud.aiplatform_v1.types import BatchPredictionJob, JobState, ListBatchPredictionJobsRequest
from google.genai import errors, types
from google.oauth2.credentials import Credentials

from local_vertex.server import RunningServer, start
from local_vertex.state import State
from tests.local_vertex.killed_server import kill

if TYPE_CHECKING:
    from tests.local_vertex.conftest import Cloud

ENDED_AFTER_S = 60.0
LINE = "batchPredictionJobs/.*:generateContent"
WORDS = ["invoice", "password", "timeout", "refund", "login", "slow", "payment", "reset", "down", "receipt"]
FOREVER_S = 3600
Fault = Callable[..., None]


def asking(text: str, **more: Any) -> dict[str, Any]:
    return {"request": {"contents": [{"role": "user", "parts": [{"text": text}]}], **more}}


@pytest.fixture(scope="module")
def cloud(new_cloud: Callable[[str], Cloud]) -> Cloud:
    return new_cloud("batches")


@pytest.fixture
def fault(server: RunningServer) -> Iterator[Fault]:
    with httpx.Client(base_url=server.base_url) as web:
        yield lambda **rule: web.post("/_faults", json=rule).raise_for_status() and None
        web.delete("/_faults")


@pytest.fixture(scope="module")
def source(cloud: Cloud) -> str:
    return cloud.upload("in/words.jsonl", [asking(word) | {"key": word} for word in WORDS])


def submitted(cloud: Cloud, source: Any, model: str = "gemini-2.5-flash", dest: str = "out") -> types.BatchJob:
    config = types.CreateBatchJobConfig(dest=f"gs://{cloud.bucket}/{dest}", display_name="batch")
    return cloud.genai().batches.create(model=model, src=source, config=config)


def when(cloud: Cloud, job: types.BatchJob, condition: Callable[[types.BatchJob], Any]) -> types.BatchJob:
    deadline = time.monotonic() + ENDED_AFTER_S
    while not condition(job):
        assert time.monotonic() < deadline, f"still {job.state}"
        time.sleep(0.05)
        job = cloud.genai().batches.get(name=str(job.name))
    return job


def ended(cloud: Cloud, job: types.BatchJob) -> types.BatchJob:
    # google-genai does not count a job that succeeded in part as done.
    return when(cloud, job, lambda job: job.done or job.state == types.JobState.JOB_STATE_PARTIALLY_SUCCEEDED)


def counts(job: types.BatchJob) -> tuple[int | None, int | None, int | None]:
    stats = job.completion_stats
    assert stats is not None
    return stats.successful_count, stats.failed_count, stats.incomplete_count


def raw(cloud: Cloud, name: str | None) -> dict[str, Any]:
    reply = httpx.get(f"{cloud.server.base_url}/v1/{name}", headers={"authorization": "Bearer x"})
    found: dict[str, Any] = reply.raise_for_status().json()
    return found


def output(cloud: Cloud, job: types.BatchJob) -> list[dict[str, Any]]:
    folder = raw(cloud, job.name)["outputInfo"]["gcsOutputDirectory"]
    prefix = folder.removeprefix(f"gs://{cloud.bucket}/") + "/"
    (blob,) = cloud.storage.list_blobs(cloud.bucket, prefix=prefix)
    assert blob.name == f"{prefix}predictions.jsonl"
    return [json.loads(line) for line in blob.download_as_bytes().splitlines()]


def asked(line: dict[str, Any]) -> str:
    return str(line["request"]["contents"][0]["parts"][0]["text"])


def said(line: dict[str, Any]) -> str:
    return str(types.GenerateContentResponse.model_validate(line["response"]).text or "")


def test_every_request_comes_back_once_with_its_response(cloud: Cloud, source: str) -> None:
    job = submitted(cloud, source)
    assert job.state == types.JobState.JOB_STATE_QUEUED
    job = ended(cloud, job)
    assert job.state == types.JobState.JOB_STATE_SUCCEEDED
    assert counts(job) == (len(WORDS), 0, 0)
    assert job.create_time <= job.start_time <= job.end_time  # type: ignore[operator]
    lines = output(cloud, job)
    assert sorted(map(asked, lines)) == sorted(WORDS)
    for line in lines:
        assert set(line) == {"status", "processed_time", "request", "response"}
        assert line["status"] == ""
        online = cloud.genai().models.generate_content(model="gemini-2.5-flash", contents=asked(line))
        assert said(line) == online.text
        assert line["response"]["modelVersion"] == "gemini-2.5-flash"
        assert line["response"]["usageMetadata"]["totalTokenCount"] > 0


def test_the_order_of_the_input_is_not_kept(cloud: Cloud, source: str) -> None:
    assert [asked(line) for line in output(cloud, ended(cloud, submitted(cloud, source)))] != WORDS


def test_a_tuned_model_answers_as_its_endpoint_does(tuning_cloud: Cloud, tuned_job: types.TuningJob) -> None:
    tuned = tuned_job.tuned_model
    assert tuned is not None
    uri = tuning_cloud.upload("batch.jsonl", [asking(word) for word in WORDS])
    job = ended(tuning_cloud, submitted(tuning_cloud, uri, model=str(tuned.model).partition("@")[0]))
    lines = {asked(line): said(line) for line in output(tuning_cloud, job)}
    assert lines["invoice"] == "billing"
    assert lines["password"] == "access"
    endpoint = str(tuned.endpoint)
    assert all(
        tuning_cloud.genai().models.generate_content(model=endpoint, contents=word).text == lines[word]
        for word in WORDS
    )
    record = raw(tuning_cloud, job.name)
    assert (record["model"], record["modelVersionId"]) == (str(tuned.model).partition("@")[0], "1")
    assert record["completionStats"] == {"successfulCount": "10", "failedCount": "0", "incompleteCount": "0"}


@pytest.fixture(scope="module")
def jobs(server: RunningServer) -> JobServiceClient:
    return JobServiceClient(
        transport="rest", credentials=Credentials("local"), client_options={"api_endpoint": server.base_url}
    )


def batch(cloud: Cloud, source: str, **fields: Any) -> dict[str, Any]:
    return {
        "display_name": "low level",
        "model": "publishers/google/models/gemini-2.5-flash-lite",
        "input_config": {"instances_format": "jsonl", "gcs_source": {"uris": [source]}},
        "output_config": {
            "predictions_format": "jsonl",
            "gcs_destination": {"output_uri_prefix": f"gs://{cloud.bucket}/low/"},
        },
        **fields,
    }


def test_the_job_client_creates_gets_lists_cancels_and_deletes(
    cloud: Cloud, jobs: JobServiceClient, source: str
) -> None:
    job = BatchPredictionJob(batch(cloud, source, labels={"team": "low"}))
    made = jobs.create_batch_prediction_job(parent=cloud.parent(), batch_prediction_job=job)
    assert made.state == JobState.JOB_STATE_QUEUED
    found = ended(cloud, cloud.genai().batches.get(name=made.name))
    got = jobs.get_batch_prediction_job(name=made.name)
    assert got.state == JobState.JOB_STATE_SUCCEEDED
    assert got.completion_stats.successful_count == len(WORDS)
    assert got.output_info.gcs_output_directory.startswith(f"gs://{cloud.bucket}/low/prediction-model-")
    request = ListBatchPredictionJobsRequest(parent=cloud.parent(), filter='labels.team="low"')
    assert [one.name for one in jobs.list_batch_prediction_jobs(request=request)] == [made.name]
    jobs.cancel_batch_prediction_job(name=made.name)
    assert jobs.get_batch_prediction_job(name=made.name).state == JobState.JOB_STATE_SUCCEEDED
    lines = output(cloud, found)
    jobs.delete_batch_prediction_job(name=made.name).result()
    with pytest.raises(exceptions.NotFound):
        jobs.get_batch_prediction_job(name=made.name)
    with pytest.raises(exceptions.NotFound):
        jobs.cancel_batch_prediction_job(name=made.name)
    folder = got.output_info.gcs_output_directory.removeprefix(f"gs://{cloud.bucket}/")
    kept = cloud.storage.bucket(cloud.bucket).blob(f"{folder}/predictions.jsonl").download_as_bytes()
    assert len(kept.splitlines()) == len(lines)


def test_google_genai_lists_deletes_and_works_asynchronously(cloud: Cloud, source: str) -> None:
    async def create(client: Any) -> types.BatchJob:
        made: types.BatchJob = await client.batches.create(model="gemini-2.5-pro", src=source)
        return made

    job = ended(cloud, cloud.awaited(create))
    assert raw(cloud, job.name)["outputInfo"]["gcsOutputDirectory"].startswith(f"gs://{cloud.bucket}/in/words/dest/")
    client = cloud.genai().batches
    assert job.name in [one.name for one in client.list(config=types.ListBatchJobsConfig(page_size=2))]
    assert client.delete(name=str(job.name)).done
    with pytest.raises(errors.ClientError) as caught:
        client.get(name=str(job.name))
    assert (caught.value.code, caught.value.status) == (404, "NOT_FOUND")


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("no JSON", "The body is not JSON"),
        ('{"contents": []}', "no object with the key request"),
        ('{"request": "x"}', "no object with the key request"),
        (asking("x", generationConfg={}), 'Unknown name \\"generationConfg\\"'),
        (asking("x", generationConfig={"candidateCount": 9}), "from 1 to 8"),
        ({"request": {"contents": []}}, "at least one contents field"),
        ('{"request": {"contents": [{"parts": [{"text": "\\ud800"}]}]}}', "The body is not JSON"),
        ('{"request": ' + '{"a":' * 5000 + "1" + "}" * 5000 + "}", "400"),
    ],
)
def test_a_line_that_cannot_be_answered_says_why_and_the_others_are(cloud: Cloud, line: Any, sentence: str) -> None:
    job = ended(cloud, submitted(cloud, cloud.upload("odd.jsonl", [asking("one"), line, "", asking("two")])))
    assert job.state == types.JobState.JOB_STATE_PARTIALLY_SUCCEEDED
    assert counts(job) == (2, 1, 0)
    (wrong,) = (line for line in output(cloud, job) if line["status"])
    assert wrong["status"].startswith("Bad Request: {")
    assert sentence in wrong["status"]
    assert wrong["response"] == {}
    assert wrong["request"]


def test_a_job_without_an_answer_fails_and_says_why(cloud: Cloud) -> None:
    def failed(uri: str, dest: str = "out") -> str:
        job = ended(cloud, submitted(cloud, uri, dest=dest))
        assert job.state == types.JobState.JOB_STATE_FAILED
        assert job.error is not None
        return str(job.error.message)

    assert "No input was found" in failed(f"gs://{cloud.bucket}/none.jsonl")
    assert "has no requests" in failed(cloud.upload("blank.jsonl", ["", " "]))
    assert "All 2 requests failed" in failed(cloud.upload("bad.jsonl", ["x", "y"]))
    job = submitted(cloud, cloud.upload("one.jsonl", [asking("x")]))
    config = types.CreateBatchJobConfig(dest="gs://no-such-bucket/out")
    there = cloud.genai().batches.create(model="gemini-2.5-flash", src=f"gs://{cloud.bucket}/one.jsonl", config=config)
    assert "gs://no-such-bucket" in str(ended(cloud, there).error)
    assert ended(cloud, job).state == types.JobState.JOB_STATE_SUCCEEDED


def test_inputs_may_have_wildcards_and_missing_ones_are_partial_failures(cloud: Cloud) -> None:
    for name in ("many/a.jsonl", "many/b.jsonl", "many/deep/c.jsonl", "many/d.txt"):
        cloud.upload(name, [asking(name)])
    uris = [f"gs://{cloud.bucket}/many/*.jsonl", f"gs://{cloud.bucket}/many/none.jsonl"]
    source = types.BatchJobSource(format="jsonl", gcs_uri=uris)
    job = ended(cloud, submitted(cloud, source))
    assert job.state == types.JobState.JOB_STATE_PARTIALLY_SUCCEEDED
    assert sorted(map(asked, output(cloud, job))) == ["many/a.jsonl", "many/b.jsonl"]
    assert "none.jsonl" in raw(cloud, job.name)["partialFailures"][0]["message"]
    deep = types.BatchJobSource(format="jsonl", gcs_uri=[f"gs://{cloud.bucket}/many/**c.jsonl"])
    assert list(map(asked, output(cloud, ended(cloud, submitted(cloud, deep))))) == ["many/deep/c.jsonl"]


@pytest.mark.parametrize(
    ("fields", "code", "sentence"),
    [
        ({"display_name": ""}, 400, "display_name is required"),
        ({"labels": {"Team": "x"}}, 400, "Invalid label"),
        ({"model": ""}, 400, "model is missing"),
        ({"model": "publishers/google/models/gemini-9"}, 404, "was not found"),
        ({"model": "projects/batches/locations/us-central1/models/12"}, 404, "does not exist"),
        ({"model": "projects/batches/locations/europe-west4/models/12"}, 400, "another location"),
        ({"unmanaged_container_model": {"artifact_uri": "gs://x"}}, 400, "unmanagedContainerModel"),
        ({"dedicated_resources": {"starting_replica_count": 1}}, 400, "dedicatedResources"),
        ({"generate_explanation": True}, 400, "generateExplanation"),
        ({"input_config": {"instances_format": "csv", "gcs_source": {"uris": ["gs://b/x"]}}}, 400, "must be jsonl"),
        ({"input_config": {"instances_format": "jsonl"}}, 400, "uris is missing"),
        ({"input_config": {"instances_format": "jsonl", "gcs_source": {"uris": ["/x"]}}}, 400, "Invalid Cloud Storage"),
        (
            {"input_config": {"instances_format": "bigquery", "bigquery_source": {"input_uri": "bq://p.d.t"}}},
            501,
            "bigquerySource: local Vertex reads and writes batches in Cloud Storage only",
        ),
        (
            {
                "output_config": {
                    "predictions_format": "bigquery",
                    "bigquery_destination": {"output_uri": "bq://p.d"},
                }
            },
            501,
            "bigqueryDestination",
        ),
        ({"output_config": {"predictions_format": "jsonl"}}, 400, "must be a Cloud Storage URI"),
    ],
)
def test_requests_that_are_refused(
    cloud: Cloud, jobs: JobServiceClient, source: str, fields: dict[str, Any], code: int, sentence: str
) -> None:
    job = BatchPredictionJob(batch(cloud, source, **fields))
    with pytest.raises(exceptions.GoogleAPICallError) as caught:
        jobs.create_batch_prediction_job(parent=cloud.parent(), batch_prediction_job=job)
    assert (caught.value.code, sentence in str(caught.value.message)) == (code, True)


def test_models_tuned_from_gemini_3_are_refused(
    new_cloud: Callable[[str], Cloud], topics: list[dict[str, Any]]
) -> None:
    cloud = new_cloud("batch-three")
    uri = cloud.upload("train.jsonl", topics)
    tuned = cloud.ended(cloud.tune(uri, base_model="gemini-3.5-flash", epoch_count=1)).tuned_model
    assert tuned is not None
    with pytest.raises(errors.ClientError, match=r"not supported for models tuned from gemini-3\.5-flash"):
        submitted(cloud, uri, model=str(tuned.model))
    base = ended(cloud, submitted(cloud, cloud.upload("x.jsonl", [asking("x")]), model="gemini-3.5-flash"))
    assert base.state == types.JobState.JOB_STATE_SUCCEEDED


def running(cloud: Cloud, source: str, fault: Fault, *, answered: int = 2) -> types.BatchJob:
    """A job that has answered so many lines and then hangs."""
    fault(action="delay", path=LINE, nth=answered + 1, delay_s=FOREVER_S)
    job = when(cloud, submitted(cloud, source), lambda job: job.completion_stats and counts(job)[0] == answered)
    assert job.state == types.JobState.JOB_STATE_RUNNING
    assert counts(job) == (answered, 0, len(WORDS) - answered)
    return job


def test_a_cancel_leaves_what_is_answered(cloud: Cloud, source: str, fault: Fault) -> None:
    job = running(cloud, source, fault)
    with pytest.raises(errors.ClientError, match="only jobs that ended are deleted"):
        cloud.genai().batches.delete(name=str(job.name))
    cloud.genai().batches.cancel(name=str(job.name))
    job = ended(cloud, job)
    assert job.state == types.JobState.JOB_STATE_CANCELLED
    assert raw(cloud, job.name)["error"]["code"] == 1
    assert counts(job) == (2, 0, 8)
    assert len(output(cloud, job)) == 2


def test_others_are_answered_while_jobs_run_and_further_jobs_wait(cloud: Cloud, source: str, fault: Fault) -> None:
    hanging = [running(cloud, source, fault) for _ in range(2)]
    waiting = submitted(cloud, source)
    assert cloud.genai().models.generate_content(model="gemini-2.5-flash", contents="hello").text
    assert cloud.genai().batches.get(name=str(waiting.name)).state == types.JobState.JOB_STATE_QUEUED
    cancelled = submitted(cloud, source)
    cloud.genai().batches.cancel(name=str(cancelled.name))
    assert cloud.genai().batches.get(name=str(cancelled.name)).state == types.JobState.JOB_STATE_CANCELLED
    httpx.delete(f"{cloud.server.base_url}/_faults")
    cloud.genai().batches.cancel(name=str(hanging[0].name))
    assert ended(cloud, waiting).state == types.JobState.JOB_STATE_SUCCEEDED
    cloud.genai().batches.cancel(name=str(hanging[1].name))
    ended(cloud, hanging[1])


def test_faults_of_the_create_call(cloud: Cloud, source: str, fault: Fault) -> None:
    def struck(action: str, **more: Any) -> types.BatchJob:
        fault(action=action, method="POST", path="batchPredictionJobs$", times=1, **more)
        return submitted(cloud, source)

    failed = ended(cloud, struck("fail_job", message="out of capacity"))
    assert failed.state == types.JobState.JOB_STATE_FAILED
    assert "out of capacity" in str(failed.error)
    waits = struck("stay_queued")
    blocked = output(cloud, ended(cloud, struck("safety_block")))
    assert {line["response"]["candidates"][0]["finishReason"] for line in blocked} == {"SAFETY"}
    assert {line["status"] for line in blocked} == {""}
    empty = output(cloud, ended(cloud, struck("empty_answer")))
    assert {said(line) for line in empty} == {""}
    assert cloud.genai().batches.get(name=str(waits.name)).state == types.JobState.JOB_STATE_QUEUED
    cloud.genai().batches.cancel(name=str(waits.name))
    with pytest.raises(errors.ServerError):
        struck("status")


def test_faults_of_single_lines(cloud: Cloud, source: str, fault: Fault) -> None:
    fault(action="safety_block", path=LINE, nth=1)
    fault(action="empty_answer", path=LINE, nth=1)
    fault(action="status", status=429, path=LINE, nth=1, message="quota")
    job = ended(cloud, submitted(cloud, source))
    assert job.state == types.JobState.JOB_STATE_PARTIALLY_SUCCEEDED
    assert counts(job) == (len(WORDS) - 1, 1, 0)
    lines = output(cloud, job)
    assert lines[0]["response"]["candidates"][0]["finishReason"] == "SAFETY"
    assert said(lines[1]) == ""
    assert lines[2]["status"].startswith('Too Many Requests: {"error": {"code": 429, "message": "quota"')
    assert all(said(line) for line in lines[3:])


def test_a_killed_server_takes_its_batch_along_and_no_line_is_there_twice(
    tmp_path: Path, cloud_of: Callable[[RunningServer, str], Cloud]
) -> None:
    server = start(tmp_path, idle_shutdown_s=120)
    cloud = cloud_of(server, "restart")
    source = cloud.upload("in.jsonl", [asking(word) for word in WORDS])
    job = running(
        cloud, source, lambda **rule: httpx.post(f"{server.base_url}/_faults", json=rule).raise_for_status() and None
    )
    kill(server, workers=1)
    server = start(tmp_path, idle_shutdown_s=120)
    try:
        cloud = cloud_of(server, "restart")
        after = ended(cloud, cloud.genai().batches.get(name=str(job.name)))
        assert after.state == types.JobState.JOB_STATE_SUCCEEDED
        assert after.start_time == job.start_time
        assert counts(after) == (len(WORDS), 0, 0)
        assert sorted(map(asked, output(cloud, after))) == sorted(WORDS)
    finally:
        server.stop()


def test_a_cancel_that_a_kill_interrupted_is_finished_after_the_restart(
    tmp_path: Path, cloud_of: Callable[[RunningServer, str], Cloud]
) -> None:
    server = start(tmp_path, idle_shutdown_s=120)
    cloud = cloud_of(server, "interrupted")
    source = cloud.upload("in.jsonl", [asking(word) for word in WORDS])
    job = running(
        cloud, source, lambda **rule: httpx.post(f"{server.base_url}/_faults", json=rule).raise_for_status() and None
    )
    name = raw(cloud, job.name)["name"]
    kill(server, workers=1)
    state = State(tmp_path)
    record = state.get("batchPredictionJobs", name)
    assert record is not None
    state.put("batchPredictionJobs", name, {**record, "state": "JOB_STATE_CANCELLING"})
    state.close()
    server = start(tmp_path, idle_shutdown_s=120)
    try:
        cloud = cloud_of(server, "interrupted")
        after = cloud.genai().batches.get(name=name)
        assert after.state == types.JobState.JOB_STATE_CANCELLED
        assert counts(after) == (2, 0, len(WORDS) - 2)
        assert len(output(cloud, after)) == 2
    finally:
        server.stop()
