"""`PipelineJob.create_schedule` and `PipelineJobSchedule` of the SDK, unchanged and offline."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest
from google.cloud import aiplatform, aiplatform_v1
from google.oauth2.credentials import Credentials

from local_vertex.server import RunningServer


def advance(server: RunningServer, seconds: float) -> str:
    reply = httpx.post(f"{server.base_url}/_clock", json={"advance_s": seconds})
    return str(reply.raise_for_status().json()["time"])


@pytest.fixture
def sdk(standing: RunningServer) -> Iterator[None]:
    aiplatform.init(
        project="retune-sdk",
        location="us-central1",
        api_endpoint=standing.base_url,
        api_transport="rest",
        credentials=Credentials("token"),
    )
    yield
    aiplatform.initializer.global_config.__init__()


def test_the_sdk_above_works_unchanged(sdk: None, standing: RunningServer, template: str) -> None:
    job = aiplatform.PipelineJob(display_name="nightly", template_path=template, pipeline_root="gs://bucket/root")
    schedule = job.create_schedule(cron="TZ=Europe/Rome 0 3 * * *", display_name="nightly", max_run_count=3)
    assert schedule.state == aiplatform_v1.Schedule.State.ACTIVE
    schedule.update(cron="TZ=Europe/Rome 0 4 * * *", max_run_count=2)
    assert (schedule.cron, schedule.max_run_count) == ("TZ=Europe/Rome 0 4 * * *", 2)
    advance(standing, 86400)
    assert [job.gca_resource.schedule_name for job in schedule.list_jobs(enable_simple_view=False)] == [
        schedule.resource_name
    ]
    assert len(schedule.list_jobs(filter='display_name="nope"')) == 0
    schedule.pause()
    assert schedule.state == aiplatform_v1.Schedule.State.PAUSED
    advance(standing, 3 * 86400)
    # The SDK does not send `catch_up`, so the days of the pause are not made up for.
    schedule.resume(catch_up=True)
    assert not schedule.gca_resource.catch_up
    advance(standing, 0)
    assert len(schedule.list_jobs()) == 1
    again = aiplatform.PipelineJobSchedule.get(schedule.name)
    assert again.resource_name == schedule.resource_name
    found = aiplatform.PipelineJobSchedule.list(filter='display_name="nightly"', order_by="create_time desc")
    assert [one.resource_name for one in found] == [schedule.resource_name]
    other = aiplatform.PipelineJobSchedule(pipeline_job=job, display_name="weekly")
    other.create(cron="0 3 * * 1", max_concurrent_active_run_count=1, allow_queueing=True)
    assert (other.allow_queueing, other.max_concurrent_active_run_count) == (True, 1)
    for one in (schedule, other):
        one.delete()
    assert aiplatform.PipelineJobSchedule.list() == []
