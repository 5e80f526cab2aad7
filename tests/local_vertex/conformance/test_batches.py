"""Batch prediction jobs through google-genai, synchronous and asynchronous, and the low-level clients."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from google.api_core import exceptions
from google.genai import errors, types

if TYPE_CHECKING:
    from tests.local_vertex.conformance.target import Target

MODEL = "gemini-2.5-flash"
JOB_USD = 0.02
LINES = [{"request": {"contents": [{"role": "user", "parts": [{"text": text}]}]}} for text in ("one", "two")]


@pytest.fixture(autouse=True)
def _paid_for(target: Target) -> None:
    target.pay(JOB_USD)


@pytest.fixture(scope="module")
def source(target: Target) -> str:
    return target.upload("batch/in.jsonl", "".join(json.dumps(line) + "\n" for line in LINES))


def answers(target: Target, prefix: str) -> list[dict[str, Any]]:
    blobs = target.storage().list_blobs(target.bucket, prefix=prefix.removeprefix(f"gs://{target.bucket}/"))
    return [json.loads(line) for blob in blobs for line in blob.download_as_bytes().splitlines()]


def test_google_genai_creates_gets_lists_and_deletes(target: Target, source: str) -> None:
    client, dest = target.genai().batches, f"gs://{target.bucket}/{target.run}/batch/genai"
    config = types.CreateBatchJobConfig(dest=dest, display_name=target.run)
    made = client.create(model=MODEL, src=source, config=config)
    target.later(lambda: client.delete(name=str(made.name)))
    job = target.until(lambda: client.get(name=str(made.name)), lambda job: job.done)
    assert job.state == types.JobState.JOB_STATE_SUCCEEDED
    assert job.completion_stats.successful_count == len(LINES)  # type: ignore[union-attr]
    assert len(answers(target, dest)) == len(LINES)
    assert job.name in [one.name for one in client.list(config=types.ListBatchJobsConfig(page_size=5))]
    chosen = types.ListBatchJobsConfig(filter=f'display_name="{target.run}"')
    assert job.name in [one.name for one in client.list(config=chosen)]
    assert client.delete(name=str(job.name)).name
    with pytest.raises(errors.ClientError) as caught:
        target.until(lambda: client.get(name=str(job.name)), lambda job: False)
    assert (caught.value.code, caught.value.status) == (404, "NOT_FOUND")


def test_the_asynchronous_client(target: Target, source: str) -> None:
    async def start(client: Any) -> tuple[str, list[str]]:
        dest = f"gs://{target.bucket}/{target.run}/batch/aio"
        made = await client.batches.create(model=MODEL, src=source, config=types.CreateBatchJobConfig(dest=dest))
        found = await client.batches.get(name=made.name)
        pager = await client.batches.list(config=types.ListBatchJobsConfig(page_size=5))
        listed = [one.name async for one in pager]
        await client.batches.cancel(name=made.name)
        return found.name, listed

    name, listed = target.awaited(start)
    assert name in listed
    target.until(lambda: target.genai().batches.get(name=name), lambda job: job.done)

    async def remove(client: Any) -> None:
        await client.batches.delete(name=name)

    target.awaited(remove)


def test_cancel(target: Target, source: str) -> None:
    client, dest = target.genai().batches, f"gs://{target.bucket}/{target.run}/batch/cancel"
    made = client.create(model=MODEL, src=source, config=types.CreateBatchJobConfig(dest=dest))
    target.later(lambda: client.delete(name=str(made.name)))
    client.cancel(name=str(made.name))
    job = target.until(lambda: client.get(name=str(made.name)), lambda job: job.done)
    assert job.state in (types.JobState.JOB_STATE_CANCELLED, types.JobState.JOB_STATE_SUCCEEDED)


def test_the_low_level_client(target: Target, source: str, api: Any) -> None:
    client = target.gapic(api.JobServiceClient)
    job = api.BatchPredictionJob(
        display_name=target.run,
        model=f"publishers/google/models/{MODEL}",
        labels={**target.labels, "api": api.__name__.rpartition("_")[2]},
        input_config={"instances_format": "jsonl", "gcs_source": {"uris": [source]}},
        output_config={
            "predictions_format": "jsonl",
            "gcs_destination": {"output_uri_prefix": f"gs://{target.bucket}/{target.run}/batch/{api.__name__}"},
        },
    )
    made = client.create_batch_prediction_job(parent=target.parent, batch_prediction_job=job)
    ended = {api.JobState.JOB_STATE_SUCCEEDED, api.JobState.JOB_STATE_FAILED}
    found = target.until(lambda: client.get_batch_prediction_job(name=made.name), lambda job: job.state in ended)
    assert found.state == api.JobState.JOB_STATE_SUCCEEDED
    assert len(answers(target, found.output_info.gcs_output_directory)) == len(LINES)
    label = f'labels.api="{job.labels["api"]}" AND labels.retune-conformance="{target.run}"'
    request = {"parent": target.parent, "filter": label, "page_size": 1}
    assert [one.name for one in client.list_batch_prediction_jobs(request=request)] == [made.name]
    client.cancel_batch_prediction_job(name=made.name)
    client.delete_batch_prediction_job(name=made.name).result()
    with pytest.raises(exceptions.NotFound):
        client.get_batch_prediction_job(name=made.name)
