"""`retune watch` on local Vertex, as the compiled pipeline: from fresh examples to ledger, people and status."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml
from typer.testing import CliRunner, Result

from components.errors import RetuneError
from local_vertex.server import running
from pipelines.cli.main import app
from pipelines.compiler import compile_monitoring, write_spec
from tests.components.releases.lines import Line, config
from tests.components.releases.watching import create_schedule, labelled, serve_with_evaluation, started_runs
from tests.end_to_end.model_line import clean_environment


@pytest.fixture
def told() -> Iterator[tuple[str, list[Any]]]:
    """A webhook on loopback and what it was told."""
    received: list[Any] = []

    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            received.append(json.loads(self.rfile.read(int(self.headers["content-length"]))))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *arguments: object) -> None: ...

    server = HTTPServer(("127.0.0.1", 0), Receiver)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/", received
    server.shutdown()
    thread.join()
    server.server_close()


def write_config(line: Line, folder: Path, **sections: Any) -> Path:
    for split in ("train", "test"):
        (folder / f"{split}.jsonl").write_bytes(labelled(5, 0))
    wanted = {**config(line.step.name), "evaluation": {"resamples": 400}, **sections}
    path = folder / "retune.yaml"
    path.write_text(yaml.safe_dump({**wanted, "base_models": {}}), encoding="utf-8")
    return path


def call(*words: str) -> Result:
    return CliRunner().invoke(app, list(words))


def test_a_drop_is_told_everywhere_and_starts_the_run_of_the_schedule(
    line: Line, tmp_path: Path, told: tuple[str, list[Any]]
) -> None:
    serve_with_evaluation(line, labelled(200, 0, start=1000), right=190)
    create_schedule(line, tmp_path)
    address, received = told
    (tmp_path / "fresh.jsonl").write_bytes(labelled(60, 40))
    path = write_config(
        line,
        tmp_path,
        monitoring={"data": "fresh.jsonl", "start_runs": True},
        notification={"webhook": address, "format": "slack"},
    )
    pipeline = tmp_path / "monitoring.yaml"
    write_spec(compile_monitoring("registry.example/retune@sha256:0"), pipeline)
    done = call("watch", "-c", str(path), "--pipeline", str(pipeline), "--json")
    assert done.exit_code == 4, (done.exception, done.stderr)
    watch = json.loads(done.stdout)
    assert (watch["finding"], watch["rows"], watch["release"]) == ("worse", 100, 1)
    (run,) = started_runs_of_reasons(line)
    assert watch["requests"][0]["run"].endswith(run)
    (message,) = received
    text = json.dumps(message)
    assert f"{line.step.name}: worse" in text
    assert f"run {run} was started on" in text
    assert "now 0.600 (" in text
    links = re.findall(r'"url": "(http[^"]+)"', text)
    assert len(links) == 2, "the run and what serves"
    assert [httpx.get(link).status_code for link in links] == [200, 200]
    page = line.step.storage.read(line.step.ledger.run_uri(watch["run_id"], "message.md")).decode()
    assert ": worse" in page.splitlines()[0]
    assert "is worse than at its release 1" in page.replace("\\", "")
    shown = call("status", "-c", str(path))
    assert "watched" in shown.stdout
    assert ": worse, exact_match 0.600 (" in shown.stdout
    as_json = json.loads(call("status", "-c", str(path), "--json").stdout)
    assert as_json["watch"]["requests"] == watch["requests"]


def started_runs_of_reasons(line: Line) -> list[str]:
    """Runs that a reason started; those of the watches themselves have the time in their names."""
    names = [job.display_name for job in started_runs(line)]
    return [name for name in names if "-" not in name.removeprefix(f"{line.step.name}-watch-")]


def test_what_is_wrong_is_said_before_anything_is_uploaded(line: Line, tmp_path: Path) -> None:
    path = write_config(line, tmp_path, monitoring={"data": "none.jsonl"})
    missing = call("watch", "-c", str(path))
    assert isinstance(missing.exception, RetuneError)
    assert missing.exception.code == "CONFIG-FILE"
    scheduled = write_config(line, tmp_path, monitoring={"data": "fresh.jsonl"}, dataset=addresses())
    refused = call("compile", "monitoring", "-o", str(tmp_path / "m.yaml"), "-c", str(scheduled))
    assert isinstance(refused.exception, RetuneError)
    assert refused.exception.code == "CONFIG-LOCAL-FILE"


def addresses() -> dict[str, str]:
    return {split: f"gs://b/{split}.jsonl" for split in ("train", "test")}


def test_a_first_watch_on_this_machine_says_that_nothing_serves_yet(tmp_path: Path) -> None:
    example = Path(__file__).parents[3] / "examples" / "support_triage" / "retune.yaml"
    state = tmp_path / "state"
    try:
        shown = subprocess.run(
            [sys.executable, "-m", "pipelines.cli", "watch", "--local", "-c", str(example), "--state", str(state)],
            capture_output=True,
            text=True,
            env=clean_environment(),
            cwd=tmp_path,
        )
    finally:
        left = running(state)
        if left:
            left.stop()
    assert shown.returncode == 0, shown.stderr
    assert "nothing serves yet" in shown.stdout
