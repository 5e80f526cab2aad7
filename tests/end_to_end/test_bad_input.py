"""Every mistake ends with its own clear error and leaves nothing that the next run trips over: promise 9."""

from __future__ import annotations

import os
import signal
import socket
import sqlite3
import subprocess
from pathlib import Path

import pytest

from components.errors import ExitCode
from local_vertex.server import running
from tests.end_to_end.model_line import Connect, Finished, ModelLine, clean_environment, tuning_jobs


def said(finished: Finished, status: int, code: str, *words: str) -> None:
    assert finished.status == status, finished.errors
    assert finished.errors.startswith(code) or f"\n{code}" in finished.errors
    assert "Traceback" not in finished.errors
    assert "next" in finished.errors
    for word in words:
        assert word in finished.errors.replace("\n", " ")


def test_an_unknown_key(fresh_triage: ModelLine) -> None:
    fresh_triage.config["gates"] = {}
    fresh_triage.write_config()
    said(fresh_triage.run(), 2, "CONFIG-KEY", "did you mean 'gate'")
    assert not fresh_triage.state.exists()


def test_a_model_that_is_not_in_the_catalogue(fresh_triage: ModelLine) -> None:
    fresh_triage.config["tuning"]["candidates"][0]["base_model"] = "gemini-9"
    fresh_triage.write_config()
    said(fresh_triage.run(), 2, "CONFIG-BASE-MODEL", "retune models")


def test_an_adapter_size_the_model_does_not_have(fresh_triage: ModelLine) -> None:
    fresh_triage.config["tuning"]["candidates"][0]["adapter_size"] = 5
    fresh_triage.write_config()
    said(fresh_triage.run(), 2, "CONFIG-ADAPTER-SIZE", "1, 2, 4, 8, 16")


def test_a_missing_dataset_file(fresh_triage: ModelLine) -> None:
    (fresh_triage.folder / "test.jsonl").unlink()
    said(fresh_triage.run(), 2, "CONFIG-FILE", "test.jsonl")


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "DATA-FILE-EMPTY"),
        (b"this is prose, not JSON\n", "DATA-"),
        (b"\x1f\x8b\x08\x00gzip", "DATA-"),
        (b'[{"contents": []}]\n', "DATA-"),
        (b'{"messages": [{"role": "user", "content": "hi"}]}\n', "DATA-"),
    ],
)
def test_a_file_that_is_no_dataset(fresh_triage: ModelLine, content: bytes, code: str) -> None:
    (fresh_triage.folder / "train.jsonl").write_bytes(content)
    checked = fresh_triage.retune("validate", "--config", "retune.yaml")
    assert checked.status == 3
    assert code in checked.output
    assert "train" in checked.output


def test_a_broken_line_stops_the_run_before_any_job(fresh_triage: ModelLine, connect: Connect) -> None:
    fresh_triage.break_training_line(200)
    said(fresh_triage.run(), 3, "DATA-", "train.jsonl:200", "serves nothing yet")
    assert tuning_jobs(connect(fresh_triage)) == []


def test_the_cloud_needs_an_image(fresh_triage: ModelLine) -> None:
    said(fresh_triage.retune("run", "--config", "retune.yaml"), 2, "CONFIG-IMAGE", "retune compile --image")


def test_a_pipeline_file_that_is_not_there(fresh_triage: ModelLine) -> None:
    said(fresh_triage.run("--pipeline", "none.yaml"), 2, "CONFIG-PIPELINE", "none.yaml")


def test_a_port_that_is_in_use(fresh_triage: ModelLine) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        said(fresh_triage.run("--port", str(port)), 2, "LV-PORT-IN-USE", str(port))


def test_fault_plans_that_cannot_be_used(fresh_triage: ModelLine, tmp_path: Path) -> None:
    plan = tmp_path / "faults.json"
    plan.write_text('{"faults": 1}')
    said(fresh_triage.retune("local", "up", "--faults", str(plan)), 2, "LV-FAULTS-INVALID", str(plan))
    plan.write_text('{"faults": [{"action": "status"}]}')
    assert fresh_triage.retune("local", "up", "--faults", str(plan)).status == 0
    said(fresh_triage.retune("local", "up", "--faults", str(plan)), 2, "LV-RUNNING", "_faults")
    fresh_triage.stop()


def test_a_state_directory_of_a_newer_version(fresh_triage: ModelLine) -> None:
    fresh_triage.retune("local", "up")
    fresh_triage.stop()
    database = next(fresh_triage.state.rglob("state.sqlite3"))
    with sqlite3.connect(database) as connection:
        connection.execute("PRAGMA user_version = 9999")
    connection.close()
    said(fresh_triage.run(), 2, "LV-STATE-NEWER", "9999")


def test_local_vertex_killed_in_the_middle_of_a_run(fresh_triage: ModelLine) -> None:
    command = fresh_triage.command("run", "--local", "--json", "--config", "retune.yaml")
    process = subprocess.Popen(
        command,
        cwd=fresh_triage.folder,
        env=clean_environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr
    seen = ""
    for line in process.stderr:
        seen += line
        if line.startswith("running") and "tune" in line:
            break
    os.kill(fresh_triage.server()["pid"], signal.SIGKILL)
    output, rest = process.communicate()
    said(Finished(process.returncode, output, seen + rest), 5, "SERVICE-UNAVAILABLE")

    again = fresh_triage.run()
    assert again.status == 0, again.errors
    assert again.result["verdict"] == "promote"
    assert running(fresh_triage.state)


def test_interrupted_while_it_waits_the_run_goes_on_and_the_next_one_finds_its_jobs(
    fresh_triage: ModelLine, connect: Connect
) -> None:
    process = subprocess.Popen(
        fresh_triage.command("run", "--local", "--config", "retune.yaml"),
        cwd=fresh_triage.folder,
        env=clean_environment(),
        stdout=subprocess.PIPE,
        text=True,
        # A test run in the background of a shell ignores SIGINT, and its children would inherit that.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    assert process.stdout
    for line in process.stdout:
        if line.startswith("running") and "tune" in line:
            break
    process.send_signal(signal.SIGINT)
    process.communicate()
    assert process.returncode == 130
    again = fresh_triage.run()
    # Both runs go on side by side: one of them promotes, and the other comes to that, or finds that it serves already.
    assert again.status in (ExitCode.DONE, ExitCode.NOT_PROMOTED), again.errors
    assert again.result["verdict"] == "promote" or "already" in " ".join(again.result["reasons"]), again.output
    assert again.result["serving_model"]
    assert len(tuning_jobs(connect(fresh_triage))) == len(fresh_triage.config["tuning"]["candidates"])
