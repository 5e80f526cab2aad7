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
