"""The generated clients of both versions on schedules."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml
from google.api_core import exceptions
from google.cloud import aiplatform_v1, aiplatform_v1beta1
from google.oauth2.credentials import Credentials
from google.protobuf import field_mask_pb2

from local_vertex.server import RunningServer


class Client:
    """A generated client of one version, in a location of its own."""

    def __init__(self, server: RunningServer, library: Any, template: str) -> None:
        self.server, self.library = server, library
        options = {"api_endpoint": server.base_url}
        self.service = library.ScheduleServiceClient(
            transport="rest", client_options=options, credentials=Credentials("token")
        )
        self.parent = f"projects/retune-test/locations/{library.__name__.rpartition('_')[2]}-east1"
        self.job = {
            "pipeline_spec": next(yaml.safe_load_all(Path(template).read_text())),
            "runtime_config": {"gcs_output_directory": "gs://bucket/root", "failure_policy": 2},
            "labels": {"trigger": "schedule"},
        }

    def schedule(self, **fields: Any) -> dict[str, Any]:
        request = {"parent": self.parent, "pipeline_job": self.job}
        basic = {"display_name": "nightly", "cron": "0 3 * * *", "max_concurrent_run_count": 1}
        return {**basic, "create_pipeline_job_request": request, **fields}

    def create(self, **fields: Any) -> Any:
        return self.service.create_schedule(parent=self.parent, schedule=self.schedule(**fields))

    def update(self, name: str, mask: list[str], **fields: Any) -> Any:
        return self.service.update_schedule(
            schedule={"name": name, **fields}, update_mask=field_mask_pb2.FieldMask(paths=mask)
        )

    def advance(self, seconds: float) -> None:
        httpx.post(f"{self.server.base_url}/_clock", json={"advance_s": seconds}).raise_for_status()

    def names(self, **request: Any) -> list[str]:
        found = self.service.list_schedules(request={"parent": self.parent, **request})
        return [schedule.display_name for schedule in found]


@pytest.fixture(params=[aiplatform_v1, aiplatform_v1beta1], ids=["v1", "v1beta1"])
def client(request: pytest.FixtureRequest, standing: RunningServer, template: str) -> Iterator[Client]:
    client = Client(standing, request.param, template)
    yield client
    for schedule in client.service.list_schedules(parent=client.parent):
        client.service.delete_schedule(name=schedule.name).result(timeout=10)


def test_a_created_schedule_is_as_the_service_describes_it(client: Client) -> None:
    made = client.create(max_run_count=5, start_time="2100-06-01T00:00:00Z", allow_queueing=True)
    State = client.library.Schedule.State
    assert made.name.split("/")[1].isdigit()
    assert made.create_pipeline_job_request.parent == made.name.split("/schedules/")[0]
    assert (made.state, made.max_run_count, made.started_run_count) == (State.ACTIVE, 5, 0)
    assert made.next_run_time.isoformat() == "2100-06-01T03:00:00+00:00"
    assert client.service.get_schedule(name=made.name) == made
    client.service.pause_schedule(name=made.name)
    paused = client.service.get_schedule(name=made.name)
    assert (paused.state, paused.last_pause_time.year) == (State.PAUSED, 2100)
    client.service.resume_schedule(name=made.name, catch_up=True)
    resumed = client.service.get_schedule(name=made.name)
    assert (resumed.state, resumed.catch_up, resumed.last_resume_time.year) == (State.ACTIVE, True, 2100)
    client.service.delete_schedule(name=made.name).result(timeout=10)
    with pytest.raises(exceptions.NotFound):
        client.service.get_schedule(name=made.name)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"display_name": ""}, "display_name is required"),
        ({"display_name": "x" * 129}, "at most 128"),
        ({"cron": ""}, "time_specification is required"),
        ({"cron": "0 0 3 * * *"}, "five fields"),
        ({"cron": "CRON_TZ=Europe/Atlantis 0 3 * * *"}, "not in the IANA"),
        ({"max_concurrent_run_count": 0}, "maxConcurrentRunCount is required"),
        ({"max_run_count": -1}, "maxRunCount must be positive"),
        ({"start_time": "2100-02-01T00:00:00Z", "end_time": "2100-02-01T00:00:00Z"}, "end_time must be after"),
        ({"create_pipeline_job_request": None}, "set create_pipeline_job_request"),
    ],
)
def test_what_is_missing_or_wrong_is_refused(client: Client, fields: dict[str, Any], message: str) -> None:
    with pytest.raises(exceptions.BadRequest, match=message):
        client.create(**fields)
    assert client.names() == []


def test_a_request_that_could_not_start_a_job_is_refused(client: Client) -> None:
    good = client.schedule()["create_pipeline_job_request"]
    job = good["pipeline_job"]
    bad: list[tuple[dict[str, Any], str]] = [
        ({"pipeline_job_id": "mine"}, "pipeline_job_id cannot be set"),
        ({"parent": client.parent.replace("east1", "west1")}, "parent must be the schedule's location"),
        ({"parent": ""}, "parent must be the schedule's location"),
        ({"pipeline_job": {}}, "pipeline_job is required"),
        (
            {"pipeline_job": {**job, "pipeline_spec": None, "template_uri": "https://x/y"}},
            "was not uploaded to local Vertex",
        ),
        ({"pipeline_job": {**job, "runtime_config": {}}}, "gcs_output_directory is required"),
    ]
    for change, message in bad:
        with pytest.raises(exceptions.BadRequest, match=message):
            client.create(create_pipeline_job_request={**good, **change})
    with pytest.raises(exceptions.MethodNotImplemented, match="pipeline jobs only"):
        client.create(create_pipeline_job_request=None, create_notebook_execution_job_request={"parent": client.parent})


def test_an_update_changes_what_its_mask_names_and_nothing_else(client: Client) -> None:
    made = client.create(max_run_count=5)
    changed = client.update(
        made.name, ["cron", "display_name"], cron="30 4 * * *", display_name="early", max_run_count=9
    )
    assert (changed.cron, changed.display_name, changed.max_run_count) == ("30 4 * * *", "early", 5)
    assert changed.next_run_time.strftime("%H:%M") == "04:30"
    job = {**client.job, "labels": {"trigger": "changed"}}
    request = {"parent": client.parent, "pipeline_job": job}
    changed = client.update(made.name, ["create_pipeline_job_request"], create_pipeline_job_request=request)
    assert changed.create_pipeline_job_request.pipeline_job.labels == {"trigger": "changed"}
    # Output-only fields are ignored.
    same = client.update(made.name, ["started_run_count", "state"], started_run_count=7, state=3)
    assert (same.state, same.started_run_count) == (client.library.Schedule.State.ACTIVE, 0)
    assert client.update(made.name, ["allow_queueing"], allow_queueing=True).allow_queueing
    assert not client.update(made.name, ["allow_queueing"], allow_queueing=False).allow_queueing
    everything = client.update(made.name, ["*"], cron="0 5 * * *")
    assert (everything.cron, everything.display_name) == ("0 5 * * *", "early")


def test_updates_that_are_not_allowed_change_nothing(client: Client) -> None:
    made = client.create(max_run_count=1)
    for mask, fields, message in [
        ([], {"cron": "0 4 * * *"}, "update_mask is required"),
        (["labels"], {}, "'labels' cannot be changed"),
        (["max_run_count"], {}, "maxRunCount is set and cannot be unset"),
        (["display_name"], {}, "displayName is set and cannot be unset"),
        (["cron"], {"cron": "61 * * * *"}, "Invalid cron"),
        (["max_concurrent_run_count"], {"max_concurrent_run_count": -1}, "must be positive"),
    ]:
        with pytest.raises(exceptions.BadRequest, match=message):
            client.update(made.name, mask, **fields)
    assert client.service.get_schedule(name=made.name) == made
    with pytest.raises(exceptions.BadRequest, match="is ACTIVE, not PAUSED"):
        client.service.resume_schedule(name=made.name)
    with pytest.raises(exceptions.NotFound):
        client.update(f"{made.name}0", ["cron"], cron="0 4 * * *")


def test_lists_filter_order_and_page(client: Client) -> None:
    for number, month in ((1, "03"), (2, "02"), (3, "02")):
        client.create(display_name=f"schedule-{number}", start_time=f"2100-{month}-01T00:00:00Z")
    client.update(
        next(iter(client.service.list_schedules(parent=client.parent))).name,
        ["end_time"],
        end_time="2100-12-01T00:00:00Z",
    )
    assert client.names() == ["schedule-3", "schedule-2", "schedule-1"]
    assert client.names(page_size=2, order_by="start_time, end_time desc") == ["schedule-3", "schedule-2", "schedule-1"]
    assert client.names(order_by="start_time desc") == ["schedule-1", "schedule-3", "schedule-2"]
    for expression, numbers in [
        ('state="ACTIVE" AND display_name:"schedule-*"', [3, 2, 1]),
        ('NOT display_name="schedule-2"', [3, 1]),
        ('displayName!="schedule-2"', [3, 1]),
        ('start_time>="2100-03-01T01:00:00+01:00"', [1]),
        ('end_time>"2100-05-18T00:00:00Z" OR NOT end_time:*', [3, 2, 1]),
        ("end_time:*", [3]),
        # OR binds closer than AND.
        ("display_name=schedule-1 OR display_name=schedule-2 AND start_time<2100-02-02T00:00:00Z", [2]),
        ("(display_name=schedule-1 OR NOT (state=ACTIVE)) AND create_pipeline_job_request:*", [1]),
        ("create_notebook_execution_job_request:*", []),
    ]:
        assert client.names(filter=expression) == [f"schedule-{number}" for number in numbers], expression
    for wrong in ("state", "state=", "AND", "(state=ACTIVE", "state=ACTIVE)", "create_time>yesterday", "(" * 5000):
        with pytest.raises(exceptions.BadRequest, match="Invalid filter"):
            client.names(filter=wrong)
    with pytest.raises(exceptions.BadRequest, match="Invalid order_by"):
        client.names(order_by="start_time down")


def test_a_run_of_the_service_knows_its_schedule(client: Client) -> None:
    made = client.create(max_run_count=1)
    client.advance(86400)
    service = client.library.PipelineServiceClient(
        transport="rest", client_options={"api_endpoint": client.server.base_url}, credentials=Credentials("token")
    )
    [job] = service.list_pipeline_jobs(request={"parent": client.parent, "filter": f'schedule_name="{made.name}"'})
    assert job.schedule_name == made.name
    assert job.labels == {"trigger": "schedule"}
    deadline = time.monotonic() + 60
    while job.state != client.library.PipelineState.PIPELINE_STATE_SUCCEEDED:
        assert time.monotonic() < deadline, job.state
        time.sleep(0.05)
        job = service.get_pipeline_job(name=job.name)
    done = client.service.get_schedule(name=made.name)
    assert done.state == client.library.Schedule.State.COMPLETED
    [task] = job.job_detail.task_details
    due = done.last_scheduled_run_response.scheduled_run_time
    assert task.execution.metadata["output:Output"] == due.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    with pytest.raises(exceptions.BadRequest, match="is completed and cannot be updated"):
        client.update(made.name, ["cron"], cron="0 4 * * *")
    with pytest.raises(exceptions.BadRequest, match="is COMPLETED, not ACTIVE"):
        client.service.pause_schedule(name=made.name)
