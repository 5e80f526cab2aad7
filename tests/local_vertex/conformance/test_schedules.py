"""Schedules through the low-level clients of both versions. What needs a moved clock is in `../schedules`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from google.api_core import exceptions
from google.protobuf.field_mask_pb2 import FieldMask

if TYPE_CHECKING:
    from tests.local_vertex.conformance.target import Target


def test_a_schedule_from_creation_to_deletion(target: Target, template: Path, api: Any) -> None:
    client = target.gapic(api.ScheduleServiceClient)
    job = {
        "pipeline_spec": next(yaml.safe_load_all(template.read_text())),
        "runtime_config": {"gcs_output_directory": f"gs://{target.bucket}/{target.run}/schedules"},
        "labels": target.labels,
    }
    display_name = f"{target.run}-{api.__name__.rpartition('_')[2]}"
    schedule = api.Schedule(
        display_name=display_name,
        # In a far year nothing is started before the schedule is gone.
        start_time="2099-01-01T00:00:00Z",
        cron="TZ=Europe/Rome 0 3 1 1 *",
        max_concurrent_run_count=1,
        max_run_count=3,
        allow_queueing=True,
        create_pipeline_job_request={"parent": target.parent, "pipeline_job": job},
    )
    made = client.create_schedule(parent=target.parent, schedule=schedule)
    target.later(lambda: client.delete_schedule(name=made.name).result())
    State = api.Schedule.State
    assert (made.state, made.max_run_count, made.started_run_count) == (State.ACTIVE, 3, 0)
    assert made.next_run_time.year == 2099
    assert client.get_schedule(name=made.name).name == made.name
    request = {"parent": target.parent, "filter": f'display_name="{display_name}"', "order_by": "create_time desc"}
    assert [one.name for one in client.list_schedules(request=request)] == [made.name]
    client.pause_schedule(name=made.name)
    assert client.get_schedule(name=made.name).state == State.PAUSED
    client.resume_schedule(name=made.name, catch_up=True)
    assert (client.get_schedule(name=made.name).state, client.get_schedule(name=made.name).catch_up) == (
        State.ACTIVE,
        True,
    )
    changed = client.update_schedule(
        schedule=api.Schedule(name=made.name, cron="0 4 1 1 *", max_run_count=2),
        update_mask=FieldMask(paths=["cron", "max_run_count"]),
    )
    assert (changed.cron, changed.max_run_count, changed.display_name) == ("0 4 1 1 *", 2, display_name)
    client.delete_schedule(name=made.name).result()
    with pytest.raises(exceptions.NotFound):
        client.get_schedule(name=made.name)
