"""The parts of a run without a server: launcher, events, lists."""

import asyncio
import json
import os
import signal
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local_vertex.calls import Call, ServiceError
from local_vertex.context import Context
from local_vertex.http_api.list_pages import list_page
from local_vertex.pipeline_runs import task_events
from local_vertex.pipeline_runs.parameters import arguments
from local_vertex.pipeline_runs.pipeline_jobs import PipelineJobs
from local_vertex.pipeline_runs.spec import with_values
from local_vertex.pipeline_runs.task_launcher import Task
from local_vertex.state import State
from local_vertex.storage.object_store import ObjectStore

DEAF = """
import os, signal, sys, time
signal.signal(signal.SIGTERM, lambda number, frame: os.write(int(sys.argv[1]), b"t"))
os.write(int(sys.argv[1]), b"r")
while True:
    time.sleep(60)
"""


def test_task_that_survives_sigterm_is_killed_after_the_grace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    os.mkfifo(tmp_path / "fifo")
    # Behind a shell, as KFP starts its components: the shell ends at SIGTERM, the component does not.
    command = ["sh", "-c", '"$0" -c "$1" 9 9>"$2"; exit 0', sys.executable, DEAF, str(tmp_path / "fifo")]
    task = Task(command, tmp_path / "log", grace_s=0.3)
    task.start(str(tmp_path))
    with (tmp_path / "fifo").open("rb", buffering=0) as said:
        assert said.read(1) == b"r"
        task.stop(signal.SIGTERM, None)
        assert said.read(1) == b"t"
        assert task.wait() == -signal.SIGTERM
        # Every writer is gone.
        assert said.read(1) == b""


def test_torn_last_event_is_left_out(tmp_path: Path) -> None:
    assert task_events.read(tmp_path) == []
    task_events.append(tmp_path, {"type": "started", "path": "a"})
    with (tmp_path / task_events.FILE_NAME).open("ab") as file:
        file.write(b'{"type": "en')
    assert task_events.read(tmp_path) == [{"type": "started", "path": "a"}]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)


@given(JSON, st.text())
def test_placeholders_are_replaced_in_texts_and_nothing_else_changes(value: Any, name: str) -> None:
    assert with_values(value, {"{{$.never}}": "x"}) == json.loads(json.dumps(value).replace("{{$.never}}", "x"))
    nested = {"a": [f"<{'{{$.job}}'}>", value]}
    replaced = with_values(nested, {"{{$.job}}": name})
    assert replaced["a"][0] == f"<{name}>"


@given(st.dictionaries(st.sampled_from(["text", "whole", "real", "flag"]), JSON))
def test_arguments_are_typed_or_refused(values: dict[str, Any]) -> None:
    kinds = {"text": "STRING", "whole": "NUMBER_INTEGER", "real": "NUMBER_DOUBLE", "flag": "BOOLEAN"}
    types = {"text": str, "whole": int, "real": float, "flag": bool}
    parameters = {name: {"parameterType": kind, "isOptional": True} for name, kind in kinds.items()}
    spec = {"root": {"inputDefinitions": {"parameters": parameters}}}
    if all(type(value) is types[name] and "{{$" not in str(value) for name, value in values.items()):
        assert arguments(spec, values) == values
    elif "real" not in values or type(values["real"]) is not int:
        with pytest.raises(ServiceError):
            arguments(spec, values)


@given(st.lists(st.integers(0, 3), max_size=12), st.integers(1, 5))
def test_pages_together_are_the_list(states: list[int], size: int) -> None:
    resources = [{"name": str(number), "state": str(state)} for number, state in enumerate(states)]
    query = {"filter": "state=1", "pageSize": str(size)}
    found: list[dict[str, Any]] = []
    while True:
        page = list_page("things", resources, query, lambda resource: {"state": resource["state"]})
        assert len(page["things"]) <= size
        found += page["things"]
        if "nextPageToken" not in page:
            break
        query["pageToken"] = page["nextPageToken"]
    assert found == [resource for resource in resources if resource["state"] == "1"]


SPEC = {
    "pipelineInfo": {"name": "x"},
    "root": {"dag": {"tasks": {"a": {"componentRef": {"name": "comp-a"}}}}},
    "components": {"comp-a": {"executorLabel": "exec-a"}},
    "deploymentSpec": {"executors": {"exec-a": {"container": {}}}},
}


def test_worker_that_cannot_be_started_fails_the_job(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    state = State(tmp_path)
    service = PipelineJobs(Context(tmp_path, state, ObjectStore(tmp_path / "objects", state), "http://127.0.0.1:9"))
    parent = "projects/123456789012/locations/us-central1"
    body = {"pipelineSpec": SPEC, "runtimeConfig": {"gcsOutputDirectory": "gs://bucket"}}
    monkeypatch.setattr(sys, "executable", str(tmp_path / "missing"))

    async def run() -> dict[str, Any]:
        job = await service.create(Call("create", "v1", {"parent": parent}, body=body))
        while job["state"] != "PIPELINE_STATE_FAILED":
            await asyncio.sleep(0)
            job = await service.get(Call("get", "v1", {"name": job["name"]}))
        return job

    job = asyncio.run(asyncio.wait_for(run(), 30))
    state.close()
    assert "could not be started" in job["error"]["message"]
    assert [task["state"] for task in job["jobDetail"]["taskDetails"]] == ["NOT_TRIGGERED"]
