"""`retune submit`: one run for each complete set of files, however the changes are told."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from components.errors import RetuneError
from components.gcp.schedules import Schedules, find_schedule
from components.gcp.storage import Storage
from local_vertex.server import RunningServer
from pipelines.dataset_change import submit_change
from tests.pipelines.schedule_lines import LOCATION, ScheduledLine, call, told


def submit(line: ScheduledLine, change: tuple[str, str]) -> Any:
    return told("submit", *line.named(), "--object", change[0], "--generation", change[1])


def test_the_last_file_starts_the_run_and_repetitions_do_not(line: ScheduledLine) -> None:
    line.create_schedule()
    train = line.put("line/datasets/2/train.jsonl")
    first = submit(line, train)
    assert (first["outcome"], first["run"]) == ("incomplete", "")
    assert "waiting for test" in first["reason"]
    test = line.put("line/datasets/2/test.jsonl")
    started = submit(line, test)
    assert started["outcome"] == "submitted"
    for change in (test, train, test):
        assert submit(line, change) == {**started, "outcome": "already submitted"} | {
            "reason": f"run {started['run'].rpartition('/')[2]} was submitted for these very files"
        }
    (run,) = line.runs()
    assert run.name.rpartition("/")[2] == started["run"].rpartition("/")[2]
    assert run.labels["retune-name"] == "line"
    values = run.runtime_config.parameter_values
    assert (values["dataset_uri"], values["trigger"]) == (f"gs://{line.bucket}/line/datasets/2", "dataset")


def test_nothing_is_written_to_the_bucket(line: ScheduledLine, vertex_env: RunningServer) -> None:
    """The build's account may only read there (`terraform/main.tf`)."""
    line.create_schedule()
    changes = [line.put(f"line/datasets/2/{split}.jsonl") for split in ("train", "test")]
    writes = {"method": "POST|PUT|PATCH|DELETE", "path": "storage/v1|batch/storage", "action": "status", "status": 403}
    httpx.post(f"{vertex_env.base_url}/_faults", json=writes).raise_for_status()
    try:
        outcomes = [submit(line, change)["outcome"] for change in (*changes, changes[1])]
        (rule,) = httpx.get(f"{vertex_env.base_url}/_faults").json()["faults"]
    finally:
        httpx.delete(f"{vertex_env.base_url}/_faults")
    assert outcomes == ["submitted", "already submitted", "already submitted"]
    assert rule["seen"] == 0


def test_a_replaced_file_is_another_set_and_its_old_message_counts_no_more(line: ScheduledLine) -> None:
    line.create_schedule()
    line.put("line/datasets/2/test.jsonl")
    old = line.put("line/datasets/2/train.jsonl", "old\n")
    new = line.put("line/datasets/2/train.jsonl", "new\n")
    late = submit(line, old)
    assert (late["outcome"], line.runs()) == ("superseded", [])
    assert submit(line, new)["outcome"] == "submitted"
    newest = line.put("line/datasets/2/train.jsonl", "newest\n")
    assert submit(line, newest)["outcome"] == "submitted"
    assert len(line.runs()) == 2


def test_a_configured_validation_file_is_waited_for(line: ScheduledLine) -> None:
    splits = ("train", "validation", "test")
    line.write_config(dataset={split: f"gs://{line.bucket}/line/datasets/1/{split}.jsonl" for split in splits})
    line.create_schedule()
    changes = [line.put(f"line/datasets/2/{split}.jsonl") for split in ("train", "test")]
    assert [submit(line, change)["outcome"] for change in changes] == ["incomplete", "incomplete"]
    assert submit(line, line.put("line/datasets/2/validation.jsonl"))["outcome"] == "submitted"


@pytest.mark.parametrize(
    "path",
    [
        "line/datasets/2/notes.txt",
        "line/snapshots/abc/train.jsonl",
        "line/uploads/abc/train.jsonl",
        "line/datasets/2/train.jsonl/",
        "$(touch x)/train.json",
    ],
)
def test_an_object_that_is_no_dataset_file_is_refused(line: ScheduledLine, path: str) -> None:
    line.create_schedule()
    done = call("submit", *line.named(), "--object", f"gs://{line.bucket}/{path}", "--generation", "1")
    assert isinstance(done.exception, RetuneError)
    assert (done.exception.code, done.exception.exit_code) == ("CONFIG-OBJECT", 2)
    assert line.runs() == []


def test_without_a_schedule_nothing_starts(line: ScheduledLine) -> None:
    change = line.put("line/datasets/2/train.jsonl")
    done = call("submit", "-c", str(line.config), "--object", change[0], "--generation", change[1])
    assert isinstance(done.exception, RetuneError)
    assert done.exception.code == "SCHEDULE-MISSING"


@pytest.mark.parametrize("words", [[], ["--project", "p"], ["--config", "retune.yaml", "--name", "line"]])
def test_the_model_line_is_named_once_and_whole(words: list[str]) -> None:
    done = call("submit", *words, "--object", "gs://b/f/train.jsonl", "--generation", "1")
    assert isinstance(done.exception, RetuneError)
    assert done.exception.code == "CONFIG-MODEL-LINE"


def test_builds_at_the_same_time_start_one_run(line: ScheduledLine) -> None:
    line.create_schedule()
    changes = [line.put(f"line/datasets/2/{split}.jsonl") for split in ("train", "test")]
    schedules = Schedules(line.project, LOCATION)
    schedule = find_schedule(schedules, "line")

    def one(change: tuple[str, str]) -> str:
        storage = Storage(line.project)
        return submit_change(schedules, schedule, storage, "line", change[0], int(change[1])).outcome

    with ThreadPoolExecutor(8) as pool:
        outcomes = list(pool.map(one, changes * 4))
    assert sorted(outcomes) == ["already submitted"] * 7 + ["submitted"]
    assert len(line.runs()) == 1


@pytest.mark.parametrize("action", [{"action": "lose_reply"}, {"action": "status", "status": 503}])
def test_a_call_that_got_no_reply_is_repeated_and_starts_one_run(
    line: ScheduledLine, vertex_env: RunningServer, action: dict[str, Any]
) -> None:
    line.create_schedule()
    line.put("line/datasets/2/test.jsonl")
    change = line.put("line/datasets/2/train.jsonl")
    fault = {"method": "POST", "path": f"{line.project}/.*/pipelineJobs$", "nth": 1, **action}
    httpx.post(f"{vertex_env.base_url}/_faults", json=fault).raise_for_status()
    try:
        done = submit(line, change)
    finally:
        httpx.delete(f"{vertex_env.base_url}/_faults")
    assert done["outcome"] in ("submitted", "already submitted")
    assert [run.name.rpartition("/")[2] for run in line.runs()] == [done["run"].rpartition("/")[2]]
