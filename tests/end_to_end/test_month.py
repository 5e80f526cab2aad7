"""A month in production: the schedule and the dataset trigger that Terraform plans start the right runs, each once.

Real are: the plan of Terraform's root (with a stand-in of the provider where there is none), the messages of object
changes, the trigger's filter and substitutions, the build step's script with `retune submit`, local Vertex's schedules
and clock. Not real are the runs: a pipeline with the parameters of the tuning pipeline and one task that ends at once,
because what is tested is which runs start. Cloud Build itself is a few lines in `tests/cloudbuild`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from queue import Queue
from typing import Any

import httpx
import pytest

from components.gcp import clients
from components.gcp.storage import Storage
from local_vertex.server import RunningServer, start
from tests.cloudbuild.builds import Builder
from tests.cloudbuild.conftest import put_command
from tests.cloudbuild.triggers import Trigger
from tests.cloudbuild.warm import warm_retune
from tests.end_to_end import month
from tests.end_to_end.month import BUCKET, Calendar
from tests.pipelines.schedule_lines import told

SCHEDULE = "module.schedule[0].google_colab_schedule.this"
TRIGGER = "module.dataset_trigger[0].google_cloudbuild_trigger.dataset"
NOTIFICATION = "module.dataset_trigger[0].google_storage_notification.changes"
TOPIC = "projects/sample-dev-1/topics/retune-dataset-changes"


@pytest.fixture
def vertex(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[RunningServer]:
    """A local Vertex of the test's own, because its clock is moved; it begins on the last day of February 2027."""
    server = start(tmp_path / "state", ephemeral=True, idle_shutdown_s=3600)
    for name, value in server.environment().items():
        monkeypatch.setenv(name, value)
    clients.credentials.cache_clear()
    httpx.post(f"{server.base_url}/_clock", json={"time": "2027-02-28T12:00:00Z"}).raise_for_status()
    yield server
    server.stop()
    clients.credentials.cache_clear()


class Builds:
    """The trigger and its builds: what was kept back, and how the builds that started have ended."""

    def __init__(self, trigger: Trigger, builder: Builder) -> None:
        self._trigger, self._builder = trigger, builder
        self.kept_back = 0
        self.ended: Counter[str] = Counter()

    def deliver(self, *bodies: dict[str, Any]) -> None:
        """Deliver messages one after the other."""
        for body in bodies:
            substitutions = self._trigger.build(body)
            if substitutions is None:
                self.kept_back += 1
                continue
            done = self._builder.run("dataset", "submit", substitutions)
            self.ended[done.out.partition(":")[0] if done.status == 0 else f"exit {done.status}"] += 1


def listen(vertex: RunningServer, plan: dict[str, Any], endpoint: str) -> None:
    """The planned notification on the bucket, and a subscription to its topic."""
    notification = {key: plan[key] for key in ("event_types", "object_name_prefix", "payload_format")}
    body = {**notification, "topic": f"//pubsub.googleapis.com/{TOPIC}"}
    httpx.post(f"{vertex.base_url}/storage/v1/b/{BUCKET}/notificationConfigs", json=body).raise_for_status()
    subscription = {"topic": TOPIC, "push_endpoint": endpoint}
    httpx.post(f"{vertex.base_url}/_subscriptions", json=subscription).raise_for_status()


def altered(body: dict[str, Any], **attributes: str) -> dict[str, Any]:
    """A message with other attributes, as somebody who may publish to the topic could send."""
    message = body["message"]
    return {**body, "message": {**message, "attributes": {**message["attributes"], **attributes}}}


def test_a_month_of_schedule_and_dataset_changes(vertex: RunningServer, tmp_path: Path) -> None:
    storage = Storage(month.PROJECT)
    storage.ensure_bucket(BUCKET, month.LOCATION)
    workspace = tmp_path / "workspace"
    workspace.mkdir()
    template_uri = month.upload_short_pipeline(workspace)
    (tmp_path / "plan").mkdir()
    plan = month.planned(tmp_path / "plan", template_uri)
    config = workspace / "retune.yaml"
    month.write_config(config)
    builder = Builder(workspace, [workspace], vertex.environment())
    builds = Builds(Trigger(plan[TRIGGER]), builder)
    calendar = Calendar(vertex.base_url, plan[SCHEDULE])

    with warm_retune() as script, month.subscriber() as (endpoint, queue):
        put_command(workspace, "retune", script)
        listen(vertex, plan[NOTIFICATION], endpoint)
        due = _play(calendar, builds, storage, queue, str(config))

    # Rome leaves winter time on the 28th; on the 22nd the schedule was paused.
    assert due == ["01 02:00", "08 02:00", "15 02:00", "15 02:00", "29 01:00"]
    jobs = calendar.jobs()
    scheduled = [job for job in jobs if job.schedule_name]
    changed = [job for job in jobs if not job.schedule_name]
    assert [job.runtime_config.parameter_values["trigger"] for job in scheduled] == ["schedule"] * 4
    told_of = [dict(job.runtime_config.parameter_values) for job in changed]
    assert [(one["trigger"], one["dataset_uri"]) for one in told_of] == [
        ("dataset", f"gs://{BUCKET}/datasets/2"),
        ("dataset", f"gs://{BUCKET}/datasets/2"),
        ("dataset", f"gs://{BUCKET}/datasets/3"),
    ]
    assert {(job.template_uri, job.service_account) for job in jobs} == {(template_uri, month.ACCOUNT)}
    assert {job.state.name for job in jobs} == {"PIPELINE_STATE_SUCCEEDED"}
    assert len({one["config"] for one in told_of} | {scheduled[0].runtime_config.parameter_values["config"]}) == 1
    assert builds.ended == {"submitted": 3, "incomplete": 1, "already submitted": 3, "superseded": 1, "exit 2": 1}
    assert builds.kept_back == 3
    # In Terraform's checkout, so it is compared with the environment's values too.
    assert told("schedule", "show", "-c", str(tmp_path / "plan" / "retune.yaml"))["differences"] == []
    told("schedule", "pause", "-c", str(config))
    (paused,) = told("schedule", "show", "-c", str(tmp_path / "plan" / "retune.yaml"))["differences"]
    assert paused["key"] == "state"


def _play(
    calendar: Calendar, builds: Builds, storage: Storage, queue: Queue[dict[str, Any]], config: str
) -> list[str | None]:
    """The month; when the last scheduled run was due, after each Monday."""

    def put(path: str) -> dict[str, Any]:
        storage.write(f"gs://{BUCKET}/{path}", path.encode())
        return queue.get(timeout=30)

    due = [calendar.move_to(1)]
    train = put("datasets/2/train.jsonl")
    builds.deliver(train)  # half of the dataset
    test = put("datasets/2/test.jsonl")
    builds.deliver(test, test)  # Pub/Sub delivers at least once
    due.append(calendar.move_to(8))
    replaced = put("datasets/2/train.jsonl")
    builds.deliver(replaced)
    builds.deliver(train)  # late: the file that it tells of is gone
    due.append(calendar.move_to(15))
    told("schedule", "pause", "-c", config)
    third = [put(f"datasets/3/{split}.jsonl") for split in ("test", "train")]
    storage.write(f"gs://{BUCKET}/support-triage/snapshots/x/train.jsonl", b"{}\n")  # what a run writes tells nobody
    due.append(calendar.move_to(22))
    builds.deliver(*third, third[0])  # late, while the schedule is paused, and one twice
    told("schedule", "resume", "-c", config)
    notes = put("datasets/3/notes.txt")
    malformed = {"message": {"data": "bm90IGpzb24=", "messageId": "1"}, "subscription": "s"}
    hostile = altered(test, objectId='datasets/$(touch "$HOME/pwned")/train.jsonl')
    builds.deliver(notes, malformed, hostile)
    builds.deliver(altered(test, objectGeneration="0"))  # passes the filter, and is refused by the command
    due.append(calendar.move_to(29))
    assert queue.empty()
    return due
