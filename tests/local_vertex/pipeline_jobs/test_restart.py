"""What is left of a run when its server is killed: nothing but a failed job."""

import os
import signal
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from google.cloud import aiplatform_v1
from google.oauth2.credentials import Credentials
from kfp import compiler, dsl
from yaml import safe_load

from local_vertex.pipeline_runs.pipeline_jobs import STOPPED
from local_vertex.server import start
from local_vertex.state import State

PARENT = "projects/retune-test/locations/us-central1"


@dsl.component(base_image="retune-python", install_kfp_package=False)
def wait(port: int) -> None:
    """Say the own process id on a socket and wait for ever."""
    import os
    import socket

    connection = socket.create_connection(("127.0.0.1", port))
    connection.sendall(str(os.getpid()).encode())
    connection.recv(1)


@dsl.pipeline(name="waiting")
def waiting(port: int) -> None:
    wait(port=port)


@pytest.fixture
def spec(tmp_path: Path) -> dict[str, Any]:
    compiler.Compiler().compile(waiting, str(tmp_path / "pipeline.yaml"))
    return safe_load((tmp_path / "pipeline.yaml").read_text())


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(30)
        yield listening


def client_of(base_url: str) -> aiplatform_v1.PipelineServiceClient:
    return aiplatform_v1.PipelineServiceClient(
        transport="rest", client_options={"api_endpoint": base_url}, credentials=Credentials("token")
    )


def submit(client: aiplatform_v1.PipelineServiceClient, spec: dict[str, Any], listener: socket.socket) -> str:
    values = {"port": listener.getsockname()[1]}
    job = aiplatform_v1.PipelineJob(
        pipeline_spec=spec, runtime_config={"gcs_output_directory": "gs://bucket/root", "parameter_values": values}
    )
    return client.create_pipeline_job(parent=PARENT, pipeline_job=job).name


def started(listener: socket.socket) -> tuple[socket.socket, list[psutil.Process]]:
    """Wait for a task; the connection to it, and its process with its shell, launcher and worker."""
    connection, _ = listener.accept()
    connection.settimeout(30)
    task = psutil.Process(int(connection.recv(100)))
    return connection, [task, *(parent for parent in task.parents() if os.getsid(parent.pid) == os.getsid(task.pid))]


def assert_gone(connection: socket.socket, processes: list[psutil.Process]) -> None:
    # The end of the connection is the end of the task.
    assert connection.recv(1) == b""
    connection.close()
    deadline = time.monotonic() + 30
    while not all(ended(process) for process in processes):
        assert time.monotonic() < deadline, processes
        time.sleep(0.01)


def ended(process: psutil.Process) -> bool:
    try:
        # A zombie has ended; when its parent was killed, it waits for init.
        return process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def test_killed_server_takes_its_run_along_and_closes_it_at_the_next_start(
    tmp_path: Path, spec: dict[str, Any], listener: socket.socket
) -> None:
    server = start(tmp_path / "state")
    name = submit(client_of(server.base_url), spec, listener)
    connection, processes = started(listener)
    assert len(processes) >= 4
    os.kill(server.pid, signal.SIGKILL)
    assert_gone(connection, processes)

    again = start(tmp_path / "state")
    try:
        client = client_of(again.base_url)
        job = client.get_pipeline_job(name=name)
        assert job.state == aiplatform_v1.PipelineState.PIPELINE_STATE_FAILED
        assert job.error.message == STOPPED
        assert [task.state.name for task in job.job_detail.task_details] == ["FAILED"]
        submit(client, spec, listener)
        connection, processes = started(listener)
    finally:
        again.stop()
    assert_gone(connection, processes)
    # An orderly stop closes the job by itself.
    state = State(tmp_path / "state")
    stored = state.list("pipelineJobs", "projects")
    state.close()
    assert [(job["state"], job["error"]["message"]) for job in stored] == [("PIPELINE_STATE_FAILED", STOPPED)] * 2
