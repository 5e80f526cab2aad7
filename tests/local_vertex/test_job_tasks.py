"""Jobs that run as tasks: however a run ends, its job is closed and the next one may start."""

from __future__ import annotations

import asyncio
import logging

import pytest

from local_vertex.job_tasks import JobTasks


def outcome(error: BaseException | None, caplog: pytest.LogCaptureFixture) -> list[str]:
    """What happens to a job whose run ends with this error."""
    happened: list[str] = []

    async def run(name: str) -> None:
        happened.append(f"run {name}")
        if error is not None:
            raise error

    async def cancelled(name: str) -> None:
        happened.append(f"cancelled {name}")

    async def main() -> None:
        done = asyncio.Event()
        tasks = JobTasks(run, cancelled, lambda name: happened.append(f"broken {name}"), done.set)
        tasks.start("a")
        await done.wait()
        assert list(tasks.names()) == []
        await tasks.stop()
        tasks.start("b")

    with caplog.at_level(logging.ERROR):
        asyncio.run(main())
    return happened


def test_a_run_that_ends_well_is_nobody_elses_business(caplog: pytest.LogCaptureFixture) -> None:
    assert outcome(None, caplog) == ["run a"]
    assert caplog.records == []


def test_a_run_that_breaks_off_closes_its_job_and_says_why_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    assert outcome(KeyError("step"), caplog) == ["run a", "broken a"]
    assert "KeyError" in caplog.text


def test_a_cancel_closes_the_job_as_cancelled(caplog: pytest.LogCaptureFixture) -> None:
    assert outcome(asyncio.CancelledError(), caplog) == ["run a", "cancelled a"]
