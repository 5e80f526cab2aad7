"""`retune local`: up, down, status, reset and env, as a person and a program use them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from local_vertex.server import running

ROOT = Path(__file__).parents[2]
PARENT = "projects/p/locations/us-central1"


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path
    left = running(tmp_path / "state")
    if left:
        left.stop()


def local(folder: Path, *words: str, answer: str = "") -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "pipelines.cli", "local", *words, "--state", "state"]
    return subprocess.run(
        command, cwd=folder, input=answer, capture_output=True, text=True, env={**os.environ, "PYTHONPATH": str(ROOT)}
    )


def said(folder: Path, *words: str) -> dict[str, Any]:
    done = local(folder, *words, "--json")
    assert done.returncode == 0, done.stderr
    parsed: dict[str, Any] = json.loads(done.stdout)
    return parsed


def test_up_says_where_the_console_is_and_what_comes_next(folder: Path) -> None:
    done = local(folder, "up")
    server = running(folder / "state")
    assert server
    assert f"console  {server.base_url}/" in done.stdout
    assert 'next     eval "$(retune local env --state state)"' in done.stdout
    assert httpx.get(f"{server.base_url}/").status_code == 200
    again = local(folder, "up")
    assert again.stdout.startswith("local Vertex serves already")
    elsewhere = local(folder, "up", "--port", str(server.port + 1))
    assert elsewhere.returncode == 2
    assert "LV-RUNNING" in elsewhere.stderr


def test_programs_get_json(folder: Path) -> None:
    assert said(folder, "status")["running"] is False
    up = said(folder, "up")
    assert up["started"] is True
    assert said(folder, "env") == up["environment"]
    status = said(folder, "status")
    assert (status["running"], status["base_url"], status["unfinished"]) == (True, up["base_url"], [])
    assert status["state_bytes"] > 0
    assert said(folder, "down")["stopped"] is True
    assert said(folder, "down")["stopped"] is False
    assert said(folder, "reset", "--yes")["removed_bytes"] > 0


def test_status_shows_what_is_running(folder: Path) -> None:
    assert "retune local up --state state" in local(folder, "status").stdout
    job = _queued_job(said(folder, "up")["base_url"])
    shown = local(folder, "status").stdout
    assert f"runs     tuningJob {job}" in shown
    assert "tuning jobs 1" in shown
    assert "faults   1 active" in shown
    assert len(shown.splitlines()) < 10


def test_reset_asks_and_refuses_while_a_job_has_not_ended(folder: Path) -> None:
    job = _queued_job(said(folder, "up")["base_url"])
    refused = local(folder, "reset", "--yes")
    assert (refused.returncode, running(folder / "state") is not None) == (2, True)
    assert "LV-JOBS-RUNNING" in refused.stderr
    assert job in refused.stderr
    declined = local(folder, "reset", "--force", answer="n\n")
    assert (declined.returncode, declined.stdout.strip()) == (1, "")
    assert running(folder / "state")
    (folder / "state" / "mine.txt").write_text("kept")
    (folder / "state" / "objects" / "link").symlink_to(folder)
    assert local(folder, "reset", "--force", answer="y\n").returncode == 0
    assert [file.name for file in (folder / "state").iterdir()] == ["mine.txt"]
    assert running(folder / "state") is None


def test_reset_without_an_answer_or_a_state_changes_nothing(folder: Path) -> None:
    said(folder, "up")
    assert local(folder, "reset").returncode == 1
    assert running(folder / "state")
    local(folder, "down")
    assert (folder / "state" / "state.sqlite3").exists()
    assert local(folder, "reset", "--yes").returncode == 0
    assert local(folder, "reset", "--yes").returncode == 0


def _queued_job(base_url: str) -> str:
    """A tuning job that stays in its queue."""
    with httpx.Client(base_url=base_url, headers={"Authorization": "Bearer token"}) as web:
        web.post("/storage/v1/b?project=p", json={"name": "data"}).raise_for_status()
        line = {"contents": [{"role": role, "parts": [{"text": "hello"}]} for role in ("user", "model")]}
        content = "".join(json.dumps(line) + "\n" for _ in range(20))
        upload = web.post("/upload/storage/v1/b/data/o?uploadType=media&name=train.jsonl", content=content)
        upload.raise_for_status()
        web.post("/_faults", json={"action": "stay_queued", "path": "tuningJobs$"}).raise_for_status()
        spec = {"trainingDatasetUri": "gs://data/train.jsonl"}
        job = web.post(f"/v1/{PARENT}/tuningJobs", json={"baseModel": "gemini-2.5-flash", "supervisedTuningSpec": spec})
        assert job.is_success, job.text
        return str(job.json()["name"]).rpartition("/")[2]
