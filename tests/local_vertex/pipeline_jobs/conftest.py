"""Submitting pipelines through Google's client, and tasks that wait for the test."""

import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from google.cloud import aiplatform_v1
from google.oauth2.credentials import Credentials
from kfp import compiler

State = aiplatform_v1.PipelineState
DONE = {State.PIPELINE_STATE_SUCCEEDED, State.PIPELINE_STATE_FAILED, State.PIPELINE_STATE_CANCELLED}


class Jobs:
    """Pipeline jobs of one server."""

    parent = "projects/retune-test/locations/us-central1"

    def __init__(self, base_url: str, folder: Path) -> None:
        self._folder = folder
        self.client = aiplatform_v1.PipelineServiceClient(
            transport="rest", client_options={"api_endpoint": base_url}, credentials=Credentials("token")
        )

    def compiled(self, pipeline: Any) -> dict[str, Any]:
        file = self._folder / f"{pipeline.name}.yaml"
        if not file.exists():
            compiler.Compiler().compile(pipeline, str(file))
        return next(yaml.safe_load_all(file.read_text()))

    def submit(self, spec: Any, job_id: str = "", parent: str = "", **parameters: Any) -> aiplatform_v1.PipelineJob:
        """Create a job from a pipeline function, or from whatever is sent in place of a compiled pipeline."""
        job = aiplatform_v1.PipelineJob(
            pipeline_spec=spec if isinstance(spec, dict) else self.compiled(spec),
            runtime_config={"gcs_output_directory": "gs://bucket/root", "parameter_values": parameters},
            labels={"trigger": "test"},
        )
        return self.client.create_pipeline_job(
            parent=parent or self.parent, pipeline_job=job, pipeline_job_id=job_id or None
        )

    def get(self, name: str) -> aiplatform_v1.PipelineJob:
        return self.client.get_pipeline_job(name=name)

    def until(self, name: str, holds: Callable[[aiplatform_v1.PipelineJob], bool]) -> aiplatform_v1.PipelineJob:
        """The job once something holds for it; the deadline only bounds a failing test."""
        deadline = time.monotonic() + 60
        while not holds(job := self.get(name)):
            assert time.monotonic() < deadline, f"{name} stays in {job.state!r} with {self.tasks(job)}"
            time.sleep(0.05)
        return job

    def wait(self, name: str) -> aiplatform_v1.PipelineJob:
        """The job once it has ended."""
        return self.until(name, lambda job: job.state in DONE)

    @staticmethod
    def tasks(job: aiplatform_v1.PipelineJob) -> list[tuple[str, str]]:
        return [(task.task_name, task.state.name) for task in job.job_detail.task_details]

    @staticmethod
    def outputs(job: aiplatform_v1.PipelineJob) -> dict[str, Any]:
        """What the tasks returned."""
        returned = {task.task_name: dict(task.execution.metadata or {}) for task in job.job_detail.task_details}
        return {task: values["output:Output"] for task, values in returned.items() if "output:Output" in values}


class Held:
    """The other side of tasks that connect to a port and wait."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.settimeout(30)
        self._connections: dict[str, socket.socket] = {}
        self.port: int = self._listener.getsockname()[1]

    def started(self) -> tuple[str, int]:
        """Wait until a task runs; the name that it says and its process id."""
        connection, _ = self._listener.accept()
        connection.settimeout(30)
        task, process = connection.recv(100).decode().split()
        self._connections[task] = connection
        return task, int(process)

    def say(self, task: str, text: bytes = b".") -> None:
        self._connections[task].sendall(text)

    def heard(self, task: str) -> bytes:
        """What the task says next; empty when its process has ended."""
        return self._connections[task].recv(100)

    def close(self) -> None:
        for closable in (self._listener, *self._connections.values()):
            closable.close()


@pytest.fixture(scope="package")
def jobs(server: Any, tmp_path_factory: pytest.TempPathFactory) -> Jobs:
    return Jobs(server.base_url, tmp_path_factory.mktemp("compiled"))


@pytest.fixture
def held() -> Iterator[Held]:
    side = Held()
    yield side
    side.close()
