"""The high-level SDK over REST: `aiplatform.PipelineJob`, `PipelineJobSchedule` and `BatchPredictionJob`."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from google.api_core import exceptions
from google.cloud.aiplatform.utils import resource_manager_utils

if TYPE_CHECKING:
    from tests.local_vertex.conformance.target import Target

RUN_USD = 0.05


@pytest.fixture(autouse=True)
def _paid_for(target: Target) -> None:
    target.pay(RUN_USD)


@pytest.fixture
def pipelines(target: Target, sdk: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The SDK; on a local server without what it asks Resource Manager over gRPC, which nobody answers there."""
    if not target.is_real:
        monkeypatch.setenv("STORAGE_EMULATOR_HOST", target.base_url)
        monkeypatch.setattr(resource_manager_utils, "get_project_number", lambda *args, **kwargs: "1")
    return sdk


@pytest.fixture
def new_job(target: Target, pipelines: Any, template: Path) -> Iterator[Any]:
    root = f"gs://{target.bucket}/{target.run}/sdk"

    def make(**fields: Any) -> Any:
        return pipelines.PipelineJob(
            display_name=target.run, template_path=str(template), pipeline_root=root, labels=target.labels, **fields
        )

    return make


def test_a_run_from_submission_to_deletion(target: Target, pipelines: Any, new_job: Any) -> None:
    job = new_job(parameter_values={"text": "hi"})
    job.submit()
    job.wait_for_resource_creation()
    target.until(lambda: pipelines.PipelineJob.get(job.resource_name), lambda job: job.done())
    job.wait()
    assert not job.has_failed
    assert job.to_dict()["state"] == "PIPELINE_STATE_SUCCEEDED"
    assert job.get_associated_experiment() is None
    chosen = f'labels.retune-conformance="{target.run}"'
    assert job.resource_name in [one.resource_name for one in pipelines.PipelineJob.list(filter=chosen)]
    again = job.clone(display_name="again", pipeline_root=job.pipeline_spec and f"gs://{target.bucket}/{target.run}/x")
    again.submit()
    again.cancel()
    target.until(lambda: pipelines.PipelineJob.get(again.resource_name), lambda job: job.done())
    third = new_job()
    third.submit()
    names = {"project": target.project, "location": target.location, "names": [third.resource_name]}
    third.batch_cancel(**names)
    target.until(lambda: pipelines.PipelineJob.get(third.resource_name), lambda job: job.done())
    third.batch_delete(**names)
    again.delete()
    for one in (again, third):
        with pytest.raises(exceptions.NotFound):
            pipelines.PipelineJob.get(one.resource_name)
    job.delete()


def test_a_run_that_is_waited_for(new_job: Any) -> None:
    job = new_job()
    job.run(sync=True)
    assert job.state.name == "PIPELINE_STATE_SUCCEEDED"
    job.delete()


def test_a_schedule_from_creation_to_deletion(target: Target, pipelines: Any, new_job: Any) -> None:
    schedule = new_job().create_schedule(
        cron="0 3 1 1 *", display_name=target.run, max_run_count=3, start_time="2099-01-01T00:00:00Z"
    )
    target.later(lambda: schedule.delete())
    again = pipelines.PipelineJobSchedule.get(schedule.resource_name)
    assert (again.max_run_count, again.done()) == (3, False)
    found = pipelines.PipelineJobSchedule.list(filter=f'display_name="{target.run}"')
    assert schedule.resource_name in [one.resource_name for one in found]
    schedule.update(cron="0 4 1 1 *", max_run_count=2)
    assert (schedule.cron, schedule.max_run_count) == ("0 4 1 1 *", 2)
    schedule.pause()
    schedule.wait()
    assert schedule.state.name == "PAUSED"
    schedule.resume()
    assert schedule.state.name == "ACTIVE"
    assert schedule.to_dict()["state"] == "ACTIVE"
    assert schedule.list_jobs() == []
    schedule.delete()
    other = pipelines.PipelineJobSchedule(pipeline_job=new_job(), display_name=f"{target.run}-2")
    other.create(cron="0 3 1 1 *", start_time="2099-01-01T00:00:00Z")
    other.delete()
    assert pipelines.PipelineJobSchedule.list(filter=f'display_name="{target.run}-2"') == []


def test_a_batch_prediction_job(target: Target, pipelines: Any) -> None:
    line = {"request": {"contents": [{"role": "user", "parts": [{"text": "Say hello."}]}]}}
    source = target.upload("sdk/in.jsonl", json.dumps(line) + "\n")
    job = pipelines.BatchPredictionJob.submit(
        job_display_name=target.run,
        model_name="publishers/google/models/gemini-2.5-flash",
        instances_format="jsonl",
        gcs_source=source,
        gcs_destination_prefix=f"gs://{target.bucket}/{target.run}/sdk/out",
        labels=target.labels,
    )
    job.wait_for_resource_creation()
    target.until(job.done, bool)
    job.wait_for_completion()
    assert job.state.name == "JOB_STATE_SUCCEEDED"
    lines = [line for blob in job.iter_outputs() for line in blob.download_as_bytes().splitlines()]
    assert len(lines) == 1
    chosen = f'labels.retune-conformance="{target.run}"'
    assert job.resource_name in [one.resource_name for one in pipelines.BatchPredictionJob.list(filter=chosen)]
    assert job.to_dict()["displayName"] == target.run
    job.cancel()
    job.delete()


def test_a_batch_prediction_job_that_is_waited_for(target: Target, pipelines: Any) -> None:
    line = {"request": {"contents": [{"role": "user", "parts": [{"text": "Say hello."}]}]}}
    job = pipelines.BatchPredictionJob.create(
        job_display_name=target.run,
        model_name="publishers/google/models/gemini-2.5-flash",
        instances_format="jsonl",
        gcs_source=target.upload("sdk/waited.jsonl", json.dumps(line) + "\n"),
        gcs_destination_prefix=f"gs://{target.bucket}/{target.run}/sdk/waited",
        sync=False,
    )
    job.wait()
    assert job.state.name == "JOB_STATE_SUCCEEDED"
    job.delete()
