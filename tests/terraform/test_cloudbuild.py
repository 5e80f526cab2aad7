"""Cloud Build's steps are pinned, take values through the environment only, and upload what was compiled."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
BUILD: dict[str, Any] = yaml.safe_load((ROOT / "cloudbuild.yaml").read_text(encoding="utf-8"))
STEPS: dict[str, dict[str, Any]] = {step["id"]: step for step in BUILD["steps"]}
VERSION = f"sha256:{'a' * 64}"


@pytest.mark.parametrize("step", STEPS.values(), ids=STEPS)
def test_a_step_is_a_pinned_image_and_a_script(step: dict[str, Any]) -> None:
    assert re.search(r":\d+\.\d+\.\d+", step["name"])
    assert step["script"].startswith("#!")
    assert not {"args", "entrypoint"} & step.keys()


@pytest.mark.parametrize("step", STEPS.values(), ids=STEPS)
def test_no_substitution_is_pasted_into_a_script(step: dict[str, Any]) -> None:
    given = dict(entry.split("=", 1) for entry in step.get("env", []))
    assert all(re.fullmatch(r"\$_?[A-Z_]+", value) for value in given.values())
    assert not re.search(r"\$\{?_", step["script"])
    used = set(re.findall(r"\$\{?([A-Z][A-Z_]+)", step["script"]))
    used |= set(re.findall(r'os\.environ\["(\w+)"\]', step["script"]))
    assert used == given.keys()


@pytest.mark.parametrize("step", [step for step in STEPS.values() if "bash" in step["script"].splitlines()[0]])
def test_a_shell_script_stops_at_the_first_error_and_quotes(step: dict[str, Any]) -> None:
    assert "set -euo pipefail" in step["script"].splitlines()[1]
    assert "$" not in re.sub(r'"[^"]*"', "", step["script"])
    subprocess.run(["bash", "-n"], input=step["script"], text=True, check=True)


def test_every_substitution_is_declared() -> None:
    used = {name for step in STEPS.values() for name in re.findall(r"\$(_[A-Z_]+)", " ".join(step.get("env", [])))}
    assert used == set(BUILD["substitutions"])


def test_logs_go_to_cloud_logging_only() -> None:
    assert BUILD["options"]["logging"] == "CLOUD_LOGGING_ONLY"


def test_nothing_is_built_or_uploaded_before_the_checks_passed() -> None:
    assert "make lint types test" in STEPS["check"]["script"]
    assert STEPS["image"]["waitFor"] == ["check"]
    assert STEPS["compile"]["waitFor"] == ["image"]
    assert set(STEPS["upload"]["waitFor"]) == {"compile", "terraform"}


@pytest.fixture
def registry() -> Iterator[tuple[str, list[bytes]]]:
    """Address of a template repository, and the requests that it got."""
    requests: list[bytes] = []

    class Repository(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            requests.append(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(200)
            self.end_headers()
            self.wfile.write(f"retune-tuning/{VERSION}".encode())

        def log_message(self, format: str, *args: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Repository) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/sample-dev-1/retune-pipelines", requests
        server.shutdown()
        thread.join()


def test_the_upload_prints_the_pinned_address(registry: tuple[str, list[bytes]], tmp_path: Path) -> None:
    repository, requests = registry
    (tmp_path / "tuning.yaml").write_text("pipelineInfo: {name: retune-tuning}\n", encoding="utf-8")
    commit = "c0ffee" * 6 + "c0ff"
    # HOME, because kfp reads registry settings and credentials from there.
    environment = os.environ | {"COMMIT_SHA": commit, "TEMPLATE_REPOSITORY": repository, "HOME": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", STEPS["upload"]["script"]],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout == f"template_uri: {repository}/retune-tuning/{VERSION}\n"
    assert len(requests) == 1
    assert b"pipelineInfo: {name: retune-tuning}" in requests[0]
    assert commit.encode() in requests[0]
