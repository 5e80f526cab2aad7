"""Pipeline jobs through the low-level clients of both versions."""

from __future__ import annotations

import uuid
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from google.api_core import exceptions

if TYPE_CHECKING:
    from tests.local_vertex.conformance.target import Target

RUN_USD = 0.05


@pytest.fixture(autouse=True)
def _paid_for(target: Target) -> None:
    target.pay(RUN_USD)


def new_job(target: Target, template: Path, api: Any, **parameters: str) -> Any:
    return api.PipelineJob(
        display_name=target.run,
        pipeline_spec=next(yaml.safe_load_all(template.read_text())),
        runtime_config={
            "gcs_output_directory": f"gs://{target.bucket}/{target.run}/pipelines",
            "parameter_values": parameters,
        },
        labels={**target.labels, "api": api.__name__.rpartition("_")[2]},
    )


def test_a_run_from_creation_to_deletion(target: Target, template: Path, api: Any) -> None:
    client = target.gapic(api.PipelineServiceClient)
    job_id = f"{target.run}-{uuid.uuid4().hex[:6]}"
    made = client.create_pipeline_job(
        parent=target.parent, pipeline_job=new_job(target, template, api, text="hi"), pipeline_job_id=job_id
    )
    assert made.name.endswith(f"/pipelineJobs/{job_id}")
    ended = {api.PipelineState.PIPELINE_STATE_SUCCEEDED, api.PipelineState.PIPELINE_STATE_FAILED}
    job = target.until(lambda: client.get_pipeline_job(name=made.name), lambda job: job.state in ended)
    assert job.state == api.PipelineState.PIPELINE_STATE_SUCCEEDED
    assert "say" in [task.task_name for task in job.job_detail.task_details]
    label = f'labels.api="{made.labels["api"]}" AND labels.retune-conformance="{target.run}"'
    request = {"parent": target.parent, "filter": label, "page_size": 1, "order_by": "create_time desc"}
    assert made.name in [one.name for one in client.list_pipeline_jobs(request=request)]
    with pytest.raises(exceptions.Conflict):
        client.create_pipeline_job(
            parent=target.parent, pipeline_job=new_job(target, template, api), pipeline_job_id=job_id
        )
    client.delete_pipeline_job(name=made.name).result()
    with pytest.raises(exceptions.NotFound):
        client.get_pipeline_job(name=made.name)


def test_a_run_is_cancelled(target: Target, template: Path, api: Any) -> None:
    client = target.gapic(api.PipelineServiceClient)
    made = client.create_pipeline_job(parent=target.parent, pipeline_job=new_job(target, template, api))
    target.later(lambda: client.delete_pipeline_job(name=made.name).result())
    client.cancel_pipeline_job(name=made.name)
    ended = {api.PipelineState.PIPELINE_STATE_CANCELLED, api.PipelineState.PIPELINE_STATE_SUCCEEDED}
    target.until(lambda: client.get_pipeline_job(name=made.name), lambda job: job.state in ended)


def test_runs_are_cancelled_and_deleted_together(target: Target, template: Path, api: Any) -> None:
    client = target.gapic(api.PipelineServiceClient)
    names = [
        client.create_pipeline_job(parent=target.parent, pipeline_job=new_job(target, template, api)).name
        for _ in range(2)
    ]
    missing = names[0].rpartition("/")[0] + "/missing"
    with pytest.raises(exceptions.NotFound):
        client.batch_cancel_pipeline_jobs(parent=target.parent, names=[*names, missing]).result()
    client.batch_cancel_pipeline_jobs(parent=target.parent, names=names).result()
    ended = {api.PipelineState.PIPELINE_STATE_CANCELLED, api.PipelineState.PIPELINE_STATE_SUCCEEDED}
    for name in names:
        target.until(lambda name=name: client.get_pipeline_job(name=name), lambda job: job.state in ended)
    deleted = client.batch_delete_pipeline_jobs(parent=target.parent, names=names).result()
    assert {job.name for job in deleted.pipeline_jobs} == set(names)
    for name in names:
        with pytest.raises(exceptions.NotFound):
            client.get_pipeline_job(name=name)


@pytest.mark.stand_in_only("refusals of local Vertex, which the service may put in other words")
def test_a_batch_of_runs_is_refused_as_a_whole(target: Target, template: Path, api: Any) -> None:
    client = target.gapic(api.PipelineServiceClient)
    name = client.create_pipeline_job(parent=target.parent, pipeline_job=new_job(target, template, api)).name
    with pytest.raises(exceptions.BadRequest, match="cancel it first"):
        client.batch_delete_pipeline_jobs(parent=target.parent, names=[name])
    elsewhere = name.replace(target.location, "europe-west4")
    for names, sentence in (
        ([], "from 1 to 32"),
        ([elsewhere], "is not in"),
        ([f"{name}{i}" for i in range(33)], "32"),
    ):
        with pytest.raises(exceptions.BadRequest, match=sentence):
            client.batch_cancel_pipeline_jobs(parent=target.parent, names=names)
    ended = {api.PipelineState.PIPELINE_STATE_SUCCEEDED}
    target.until(lambda: client.get_pipeline_job(name=name), lambda job: job.state in ended)
    # What has ended is left out.
    assert not client.batch_cancel_pipeline_jobs(parent=target.parent, names=[name]).result().pipeline_jobs
    client.delete_pipeline_job(name=name).result()
