"""Starting, finding and ending servers; what they say of themselves; whom they let in."""

from __future__ import annotations

import json
import os
import signal
import socket
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from google import genai
from google.auth.exceptions import RefreshError
from google.auth.transport.requests import Request
from google.cloud import aiplatform_v1, storage
from google.oauth2.credentials import Credentials

from local_vertex import server as servers
from local_vertex.server import LocalVertexError, RunningServer
from local_vertex.state import FILE_NAME

PARENT = "projects/p/locations/us-central1"


@pytest.fixture
def own(tmp_path: Path) -> Iterator[RunningServer]:
    """A server that a test may end."""
    running = servers.start(tmp_path, idle_shutdown_s=60)
    yield running
    running.stop()


def test_state_survives_a_restart_even_after_a_kill(own: RunningServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STORAGE_EMULATOR_HOST", own.base_url)
    storage.Client(project="p").create_bucket("kept").blob("x").upload_from_string("content")
    os.kill(own.pid, signal.SIGKILL)
    os.waitpid(own.pid, 0)
    assert servers.running(own.state_directory) is None
    again = servers.start(own.state_directory)
    try:
        monkeypatch.setenv("STORAGE_EMULATOR_HOST", again.base_url)
        assert storage.Client(project="p").bucket("kept").blob("x").download_as_bytes() == b"content"
    finally:
        again.stop()


def test_a_running_server_is_found_until_it_stops(own: RunningServer) -> None:
    assert servers.running(own.state_directory) == own
    health = httpx.get(f"{own.base_url}/healthz").json()
    assert (health["pid"], health["status"]) == (own.pid, "ok")
    own.stop()
    assert servers.running(own.state_directory) is None
    assert not (own.state_directory / servers.RECORD).exists()


def test_a_state_directory_is_the_same_by_whatever_way_it_is_named(own: RunningServer) -> None:
    """KFP writes its folders without `..`, so a run finds its own only when the server does so too."""
    detour = own.state_directory / "objects" / ".." / ".." / own.state_directory.name
    found = servers.running(detour)
    assert found
    assert found.state_directory == own.state_directory


def test_a_stale_record_is_cleared(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    record = tmp_path / servers.RECORD
    said = {"pid": 1, "port": port, "base_url": f"http://127.0.0.1:{port}", "state_directory": str(tmp_path)}
    record.write_text(json.dumps(said))
    assert servers.running(tmp_path) is None
    assert not record.exists()


def test_a_damaged_record_is_cleared(tmp_path: Path) -> None:
    record = tmp_path / servers.RECORD
    record.write_text('{"pid": ')
    assert servers.running(tmp_path) is None
    assert not record.exists()


def test_a_copy_of_a_state_directory_has_no_server(own: RunningServer, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    copy.mkdir()
    (copy / servers.RECORD).write_bytes((own.state_directory / servers.RECORD).read_bytes())
    assert servers.running(copy) is None
    assert servers.running(own.state_directory) is not None


def test_an_open_connection_does_not_keep_a_server_alive(own: RunningServer) -> None:
    with httpx.Client(base_url=own.base_url) as client:
        client.get("/healthz")
        own.stop()
    with pytest.raises(ProcessLookupError):
        os.kill(own.pid, 0)


def test_an_idle_server_ends_by_itself(tmp_path: Path) -> None:
    running = servers.start(tmp_path, idle_shutdown_s=1)
    _, status = os.waitpid(running.pid, 0)
    running.stop()
    assert os.waitstatus_to_exitcode(status) == 0
    assert not (tmp_path / servers.RECORD).exists()


def test_refusals_to_start_say_why(own: RunningServer, tmp_path_factory: pytest.TempPathFactory) -> None:
    with pytest.raises(LocalVertexError) as in_use:
        servers.start(own.state_directory)
    assert in_use.value.code == "LV-STATE-IN-USE"
    with pytest.raises(LocalVertexError) as port:
        servers.start(tmp_path_factory.mktemp("other"), port=int(own.base_url.rpartition(":")[2]))
    assert port.value.code == "LV-PORT-IN-USE"
    newer = tmp_path_factory.mktemp("newer")
    with sqlite3.connect(newer / FILE_NAME) as database:
        database.execute("PRAGMA user_version = 99")
    with pytest.raises(LocalVertexError) as version:
        servers.start(newer)
    assert version.value.code == "LV-STATE-NEWER"
    assert all(error.value.next_step for error in (in_use, port, version))


def test_only_loopback_unless_told_twice(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "local_vertex", "--state-dir", str(tmp_path), "--host", "0.0.0.0"]
    root = str(Path(servers.__file__).parent.parent)
    ended = subprocess.run(command, capture_output=True, text=True, env={**os.environ, "PYTHONPATH": root}, check=False)
    assert ended.returncode == 5
    assert ended.stderr.count("\n") == 1
    assert "--allow-non-loopback" in ended.stderr


def test_an_ephemeral_server_leaves_no_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    running = servers.start(tmp_path, ephemeral=True, idle_shutdown_s=60)
    monkeypatch.setenv("STORAGE_EMULATOR_HOST", running.base_url)
    storage.Client(project="p").create_bucket("gone").blob("x").upload_from_string("content")
    running.stop()
    assert {path.name for path in tmp_path.iterdir()} <= {"server.log", "lock"}


def test_the_key_file_is_private_and_replaces_one_of_an_older_version(tmp_path: Path) -> None:
    (tmp_path / "adc.json").write_text('{"type": "service_account"}')
    file = Path(servers.environment("http://127.0.0.1:1", tmp_path)["GOOGLE_APPLICATION_CREDENTIALS"])
    assert file == tmp_path / "adc.json"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    found = Credentials.from_authorized_user_file(str(file))
    assert found.valid
    with pytest.raises(RefreshError, match="do not contain the necessary fields"):
        found.refresh(Request())


def test_every_reply_says_what_it_is_even_a_refusal(vertex_env: RunningServer) -> None:
    for path in ("/healthz", "/nothing", "/storage/v1/b/none", "/v1/projects/p/locations/l/models"):
        reply = httpx.get(vertex_env.base_url + path)
        assert reply.headers["x-local-vertex"] == "stand-in, not Google Cloud"
        assert reply.headers.get_list("server")[0].startswith("local-vertex/")
        assert len(reply.headers.get_list("server")) == 1


def test_a_foreign_host_name_is_refused(vertex_env: RunningServer) -> None:
    reply = httpx.get(f"{vertex_env.base_url}/storage/v1/b", headers={"host": "attacker.example"})
    assert reply.status_code == 403


def test_vertex_wants_a_bearer_token(vertex_env: RunningServer) -> None:
    address = f"{vertex_env.base_url}/v1/{PARENT}/operations/1"
    assert httpx.get(address).json()["error"]["status"] == "UNAUTHENTICATED"
    assert httpx.get(address, headers={"authorization": "Bearer anything"}).status_code == 404


def test_the_official_clients_get_through_with_application_default_credentials(vertex_env: RunningServer) -> None:
    client = genai.Client(
        vertexai=True, project="p", location="us-central1", http_options={"base_url": vertex_env.base_url}
    )
    with pytest.raises(genai.errors.ClientError) as of_genai:
        client.tunings.get(name=f"{PARENT}/tuningJobs/404")
    assert of_genai.value.code == 404
    models = aiplatform_v1.ModelServiceClient(transport="rest", client_options={"api_endpoint": vertex_env.base_url})
    with pytest.raises(Exception, match="404"):
        models.get_model(name=f"{PARENT}/models/404@1")


def test_the_log_has_paths_but_no_bodies_and_no_queries(vertex_env: RunningServer) -> None:
    httpx.post(
        f"{vertex_env.base_url}/v1/{PARENT}/endpoints/1:generateContent",
        params={"access_token": "query-secret"},
        json={"contents": [{"parts": [{"text": "a user's words"}]}]},
        headers={"authorization": "Bearer header-secret"},
    )
    # A request is logged after its reply is sent, and before the server takes up the next one.
    httpx.get(f"{vertex_env.base_url}/healthz")
    log = (vertex_env.state_directory / servers.LOG).read_text()
    assert "endpoints/1:generateContent" in log
    assert "query-secret" not in log
    assert "header-secret" not in log
    assert "user's words" not in log
