"""Schedules by the wall clock, and `/_clock`, which moves the time."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from local_vertex import clock as clocks
from local_vertex.clock import instant_us, timestamp
from local_vertex.process import _UNFINISHED
from local_vertex.server import RunningServer, start


@pytest.fixture
def own(tmp_path: Path) -> Iterator[RunningServer]:
    server = start(tmp_path, idle_shutdown_s=3600)
    yield server
    server.stop()


def test_the_clock_stands_moves_and_goes_by_the_wall_again(own: RunningServer) -> None:
    with httpx.Client(base_url=own.base_url) as client:
        assert client.get("/_clock").json()["stands"] is False
        stood = client.post("/_clock", json={"time": "2100-01-01T02:00:00+02:00"})
        assert stood.json() == {"time": "2100-01-01T00:00:00.000000Z", "stands": True}
        assert "stand-in" in stood.headers["x-local-vertex"]
        assert client.post("/_clock", json={"advance_s": 1.5}).json()["time"] == "2100-01-01T00:00:01.500000Z"
        before = timestamp()
        free = client.delete("/_clock").json()
    assert free["stands"] is False
    assert before <= free["time"] <= timestamp()


NO_TIMES = [
    *("", "[]", "{", '{"time": 3}', '{"time": "2100-01-01"}', '{"time": "2100-01-01T00:00:00"}', '{"time": "x"}'),
    *('{"advance_s": -1}', '{"advance_s": 1e300}', '{"advance_s": 1e12}', '{"advance_s": NaN}', '{"advance_s": true}'),
    *('{"advance": 1}', '{"advance_s": 1, "time": "2100-01-01T00:00:00Z"}'),
]


def test_what_is_no_time_leaves_the_clock_alone(standing: RunningServer) -> None:
    with httpx.Client(base_url=standing.base_url) as client:
        before = client.get("/_clock").json()
        for body in NO_TIMES:
            refused = client.post("/_clock", content=body)
            assert (refused.status_code, refused.json()["error"]["status"]) == (400, "INVALID_ARGUMENT"), body
        assert client.get("/_clock").json() == before


def test_faults_do_not_strike_the_clock(own: RunningServer) -> None:
    with httpx.Client(base_url=own.base_url) as client:
        client.post("/_faults", json={"action": "status"}).raise_for_status()
        assert client.get("/_clock").status_code == 200


def test_by_the_wall_clock_the_next_look_is_when_a_run_is_due(calendar: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    async def story() -> None:
        name = calendar.create()
        calendar.schedules.follow_wall_clock()
        for wall, seconds in [("00:59:59.700000", 0.3), ("00:59:31", 29.0), ("00:10:00", 30.0)]:
            at = instant_us(f"2030-01-01T{wall}Z")
            monkeypatch.setattr(clocks, "now_us", lambda at=at: at)
            assert calendar.schedules._run_due() == pytest.approx(seconds)
        assert calendar.started(name) == []

    calendar.play("2030-01-01T00:00:00Z", story)


def test_by_the_wall_clock_a_run_starts_by_itself(calendar: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    async def story() -> None:
        name = calendar.create()
        # A tenth of a second before the run, and from there on as the wall clock goes.
        wall, ahead = clocks.now_us, instant_us("2030-01-01T00:59:59.900000Z") - clocks.now_us()
        monkeypatch.setattr(clocks, "now_us", lambda: wall() + ahead)
        calendar.schedules.follow_wall_clock()
        await calendar.schedules.start()
        while not calendar.started(name):
            await asyncio.sleep(0.01)
        assert clocks.now_us() >= instant_us("2030-01-01T01:00:00Z")
        assert calendar.times(name) == ["2030-01-01T01:00"]
        await calendar.schedules.stop()

    calendar.play("2030-01-01T00:00:00Z", story)


def test_a_free_place_wakes_what_waits(calendar: Any) -> None:
    async def story() -> None:
        await calendar.schedules.start()
        name = calendar.create(maxConcurrentActiveRunCount="1", allowQueueing=True)
        await calendar.move("2030-01-01T02:00:00Z")
        await calendar.jobs.end(calendar.started(name)[0]["name"])
        while len(calendar.started(name)) < 2:
            await asyncio.sleep(0)
        await calendar.schedules.stop()

    calendar.play("2030-01-01T00:00:00Z", story)


def test_a_write_that_fails_is_tried_again(calendar: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    async def story() -> None:
        name = calendar.create()
        with monkeypatch.context() as full:
            full.setattr(calendar.jobs, "prepare", fail)
            calendar.schedules._clock.stand_at(instant_us("2030-01-01T01:00:00Z"))
            assert calendar.schedules._run_due() == 1.0
        assert "startedRunCount" not in calendar.get(name)
        calendar.schedules._run_due()
        assert calendar.times(name) == ["2030-01-01T01:00"]

    calendar.play("2030-01-01T00:00:00Z", story)


def fail(*arguments: Any, **named: Any) -> None:
    raise OSError(28, "No space left on device")


def test_an_active_schedule_keeps_an_idle_server(calendar: Any) -> None:
    async def story() -> None:
        name = calendar.create()
        assert calendar.state.execute(_UNFINISHED)
        calendar.call("pause", name)
        assert not calendar.state.execute(_UNFINISHED)

    calendar.play("2030-01-01T00:00:00Z", story)
