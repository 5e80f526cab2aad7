"""Runs while they execute: live task states, two at a time, cancel."""

import os
import signal
from typing import Any

from google.cloud import aiplatform_v1
from kfp import dsl

PYTHON = {"base_image": "retune-python", "install_kfp_package": False}
State = aiplatform_v1.PipelineState


@dsl.component(**PYTHON)
def hold(port: int, task: str) -> None:
    """Run until the other side of a connection says so; report a SIGTERM to it and take time for the end."""
    import os
    import signal
    import socket
    import sys

    connection = socket.create_connection(("127.0.0.1", port))

    def stop(number: int, frame: object) -> None:
        connection.sendall(b"terminated")
        connection.recv(1)
        connection.sendall(b"cleaned up")
        sys.exit(1)

    signal.signal(signal.SIGTERM, stop)
    connection.sendall(f"{task} {os.getpid()}".encode())
    connection.recv(1)


@dsl.component(**PYTHON)
def follow() -> None:
    pass


@dsl.component(**PYTHON)
def notify(status: dsl.PipelineTaskFinalStatus) -> None:
    pass


@dsl.pipeline(name="holding")
def holding(port: int, task: str) -> None:
    with dsl.ExitHandler(notify()):
        first = hold(port=port, task=task)
        follow().after(first)


def test_task_states_while_two_runs_execute_at_the_same_time(jobs: Any, held: Any) -> None:
    first, second = (jobs.submit(holding, port=held.port, task=task).name for task in ("first", "second"))
    assert {held.started()[0], held.started()[0]} == {"first", "second"}
    running = [("hold", "RUNNING"), ("follow", "PENDING"), ("notify", "PENDING")]
    for name in (first, second):
        # The launcher reports a task just after it has started it.
        job = jobs.until(name, lambda job: jobs.tasks(job) == running)
        assert job.state == State.PIPELINE_STATE_RUNNING
    held.say("second")
    assert jobs.wait(second).state == State.PIPELINE_STATE_SUCCEEDED
    assert jobs.tasks(jobs.get(first)) == running
    held.say("first")
    assert {state for _, state in jobs.tasks(jobs.wait(first))} == {"SUCCEEDED"}


def test_cancel_reaches_the_task_waits_for_it_and_starts_no_other(jobs: Any, held: Any) -> None:
    name = jobs.submit(holding, port=held.port, task="only").name
    held.started()
    jobs.client.cancel_pipeline_job(name=name)
    assert held.heard("only") == b"terminated"
    job = jobs.until(name, lambda job: jobs.tasks(job)[0] == ("hold", "CANCELLING"))
    assert job.state == State.PIPELINE_STATE_CANCELLING
    held.say("only")
    assert held.heard("only") == b"cleaned up"
    job = jobs.wait(name)
    assert job.state == State.PIPELINE_STATE_CANCELLED
    assert job.error.code == 1
    assert jobs.tasks(job) == [("hold", "CANCELLED"), ("follow", "NOT_TRIGGERED"), ("notify", "NOT_TRIGGERED")]
    # Once more changes nothing.
    jobs.client.cancel_pipeline_job(name=name)
    assert jobs.get(name).state == State.PIPELINE_STATE_CANCELLED


def test_cancel_right_after_create(jobs: Any, held: Any) -> None:
    name = jobs.submit(holding, port=held.port, task="early").name
    jobs.client.cancel_pipeline_job(name=name)
    job = jobs.wait(name)
    assert job.state == State.PIPELINE_STATE_CANCELLED
    assert {state for _, state in jobs.tasks(job)} == {"NOT_TRIGGERED"}


def test_killed_worker_fails_the_job_and_leaves_no_task(jobs: Any, held: Any) -> None:
    name = jobs.submit(holding, port=held.port, task="orphan").name
    _, process = held.started()
    # The worker leads the session of the run.
    os.kill(os.getsid(process), signal.SIGKILL)
    while held.heard("orphan"):
        pass
    job = jobs.wait(name)
    assert job.state == State.PIPELINE_STATE_FAILED
    assert "ended with status -9 before it had a result" in job.error.message
