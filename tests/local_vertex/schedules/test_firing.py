"""What schedules start, queue, skip and catch up with, and when they end."""

from typing import Any

import pytest

from local_vertex.calls import ServiceError


def test_runs_start_at_their_times_and_say_so(calendar: Any) -> None:
    async def story() -> None:
        name = calendar.create("CRON_TZ=Europe/Rome 0 3 * * *")
        assert calendar.get(name)["nextRunTime"] == "2030-01-01T02:00:00.000000Z"
        assert "lastScheduledRunResponse" not in calendar.get(name)
        await calendar.move("2030-01-01T01:59:59.999999Z")
        assert calendar.started(name) == []
        await calendar.move("2030-01-03T02:00:00Z")
        assert calendar.times(name) == ["2030-01-01T02:00", "2030-01-02T02:00", "2030-01-03T02:00"]
        schedule = calendar.get(name)
        assert schedule["startedRunCount"] == "3"
        assert schedule["nextRunTime"] == "2030-01-04T02:00:00.000000Z"
        last = {"scheduledRunTime": "2030-01-03T02:00:00.000000Z", "runResponse": "OK"}
        assert schedule["lastScheduledRunResponse"] == last
        jobs = calendar.started(name)
        assert {job["state"] for job in jobs} == {"PIPELINE_STATE_RUNNING"}
        assert all(job["name"].split("/")[-1].startswith("nightly-") for job in jobs)

    calendar.play("2030-01-01T00:00:00Z", story)


def test_start_and_end_bound_the_runs(calendar: Any) -> None:
    async def story() -> None:
        name = calendar.create(startTime="2030-01-02T01:00:00Z", endTime="2030-01-02T05:00:00+02:00")
        await calendar.move("2030-01-02T02:59:00Z")
        assert calendar.times(name) == ["2030-01-02T01:00", "2030-01-02T02:00"]
        assert calendar.get(name)["state"] == "ACTIVE"
        await calendar.move("2030-01-04T00:00:00Z")
        # Both bounds are inclusive.
        assert calendar.times(name) == ["2030-01-02T01:00", "2030-01-02T02:00", "2030-01-02T03:00"]
        assert calendar.get(name)["state"] == "COMPLETED"
        assert "nextRunTime" not in calendar.get(name)

    calendar.play("2030-01-01T00:00:00Z", story)


def test_it_completes_at_its_end_not_after_its_last_run(calendar: Any) -> None:
    async def story() -> None:
        name = calendar.create(endTime="2030-01-01T01:30:00Z")
        await calendar.move("2030-01-01T01:29:00Z")
        schedule = calendar.get(name)
        assert (schedule["state"], schedule["startedRunCount"]) == ("ACTIVE", "1")
        assert "nextRunTime" not in schedule
        await calendar.move("2030-01-01T01:30:00Z")
        assert calendar.get(name)["state"] == "COMPLETED"

    calendar.play("2030-01-01T00:00:00Z", story)


def test_it_completes_with_the_last_of_its_runs(calendar: Any) -> None:
    async def story() -> None:
        name = calendar.create(maxRunCount="2")
        await calendar.move("2030-01-01T01:00:00Z")
        assert calendar.get(name)["state"] == "ACTIVE"
        await calendar.move("2030-01-01T05:00:00Z")
        schedule = calendar.get(name)
        assert (schedule["state"], schedule["startedRunCount"]) == ("COMPLETED", "2")
        assert "nextRunTime" not in schedule
        assert len(calendar.started(name)) == 2

    calendar.play("2030-01-01T00:00:00Z", story)


def test_runs_overlap_unless_active_runs_are_limited(calendar: Any) -> None:
    async def story() -> None:
        overlapping = calendar.create(maxConcurrentRunCount="1")
        await calendar.move("2030-01-01T03:00:00Z")
        assert [job["state"] for job in calendar.started(overlapping)] == ["PIPELINE_STATE_RUNNING"] * 3

    calendar.play("2030-01-01T00:00:00Z", story)


def test_a_run_beyond_the_limit_is_skipped(calendar: Any) -> None:
    async def story() -> None:
        name = calendar.create(maxConcurrentActiveRunCount="1")
        other = calendar.create(maxConcurrentActiveRunCount="1")
        await calendar.move("2030-01-01T03:30:00Z")
        assert calendar.times(name) == calendar.times(other) == ["2030-01-01T01:00"]
        assert calendar.get(name)["nextRunTime"] == "2030-01-01T04:00:00.000000Z"
        await calendar.end(calendar.started(name)[0])
        assert len(calendar.started(name)) == 1
        await calendar.move("2030-01-01T04:00:00Z")
        assert calendar.times(name) == ["2030-01-01T01:00", "2030-01-01T04:00"]
        assert calendar.times(other) == ["2030-01-01T01:00"]

    calendar.play("2030-01-01T00:00:00Z", story)


def test_with_queueing_a_run_beyond_the_limit_waits_for_its_turn(calendar: Any) -> None:
    async def story() -> None:
        name = calendar.create(maxConcurrentActiveRunCount="2", allowQueueing=True, endTime="2030-01-01T05:30:00Z")
        await calendar.move("2030-01-01T05:10:00Z")
        assert calendar.times(name) == ["2030-01-01T01:00", "2030-01-01T02:00"]
        # A next run in the past: runs start behind schedule.
        assert calendar.get(name)["nextRunTime"] == "2030-01-01T03:00:00.000000Z"
        await calendar.end(calendar.started(name)[0])
        assert calendar.times(name)[2:] == ["2030-01-01T03:00"]
        await calendar.move("2030-01-01T07:00:00Z")
        assert calendar.get(name)["state"] == "ACTIVE"
        for job in calendar.started(name):
            if job["state"] == "PIPELINE_STATE_RUNNING":
                await calendar.end(job)
        assert calendar.times(name)[3:] == ["2030-01-01T04:00", "2030-01-01T05:00"]
        assert calendar.get(name)["state"] == "COMPLETED"

    calendar.play("2030-01-01T00:00:00Z", story)


def test_the_limit_of_concurrent_starts_counts_runs_that_have_not_begun(calendar: Any) -> None:
    async def story() -> None:
        calendar.jobs.begins = False
        skipping, queueing = calendar.create(), calendar.create(allowQueueing=True)
        two = calendar.create(maxConcurrentRunCount="2")
        await calendar.move("2030-01-01T03:00:00Z")
        assert calendar.times(skipping) == calendar.times(queueing) == ["2030-01-01T01:00"]
        assert calendar.times(two) == ["2030-01-01T01:00", "2030-01-01T02:00"]
        for name in (skipping, queueing):
            await calendar.end(calendar.started(name)[0])
        assert calendar.times(skipping) == ["2030-01-01T01:00"]
        assert calendar.times(queueing) == ["2030-01-01T01:00", "2030-01-01T02:00"]

    calendar.play("2030-01-01T00:00:00Z", story)


def test_a_paused_schedule_starts_nothing_and_goes_on_after_what_it_missed(calendar: Any) -> None:
    async def story() -> None:
        name = calendar.create()
        await calendar.move("2030-01-01T01:00:00Z")
        assert calendar.call("pause", name) == {}
        await calendar.move("2030-01-01T04:30:00Z")
        assert calendar.get(name)["state"] == "PAUSED"
        assert calendar.get(name)["lastPauseTime"] == "2030-01-01T01:00:00.000000Z"
        assert calendar.call("resume", name) == {}
        schedule = calendar.get(name)
        assert (schedule["state"], schedule["catchUp"]) == ("ACTIVE", False)
        assert schedule["lastResumeTime"] == "2030-01-01T04:30:00.000000Z"
        assert schedule["nextRunTime"] == "2030-01-01T05:00:00.000000Z"
        await calendar.move("2030-01-01T05:00:00Z")
        assert calendar.times(name) == ["2030-01-01T01:00", "2030-01-01T05:00"]

    calendar.play("2030-01-01T00:00:00Z", story)


def test_catch_up_starts_every_missed_run_before_new_ones(calendar: Any) -> None:
    async def story() -> None:
        # Missed runs wait for their turn although new ones would be skipped.
        name = calendar.create(maxConcurrentActiveRunCount="1", maxRunCount="4")
        calendar.call("pause", name)
        await calendar.move("2030-01-01T03:30:00Z")
        calendar.call("resume", name, catchUp=True)
        await calendar.move("2030-01-01T04:30:00Z")
        assert calendar.get(name)["catchUp"] is True
        for hour in ("01", "02", "03", "04"):
            assert calendar.times(name)[-1] == f"2030-01-01T{hour}:00"
            await calendar.end(calendar.started(name)[-1])
        assert calendar.get(name)["state"] == "COMPLETED"

    calendar.play("2030-01-01T00:00:00Z", story)


def test_a_start_in_the_past_starts_every_run_since(calendar: Any) -> None:
    async def story() -> None:
        name = calendar.create("0 0 * * *", startTime="2029-12-30T00:00:00Z")
        assert calendar.get(name)["nextRunTime"] == "2029-12-30T00:00:00.000000Z"
        await calendar.sleep_until("2030-01-01T12:00:00Z")
        # One start at a time; each begins before the next.
        for _ in range(3):
            await calendar.sleep_until("2030-01-01T12:00:00Z")
        assert calendar.times(name) == ["2029-12-30T00:00", "2029-12-31T00:00", "2030-01-01T00:00"]
        assert calendar.get(name)["nextRunTime"] == "2030-01-02T00:00:00.000000Z"

    calendar.play("2030-01-01T12:00:00Z", story)


def test_a_backlog_ends_with_the_last_of_the_runs(calendar: Any) -> None:
    async def story() -> None:
        name = calendar.create(startTime="2029-12-31T00:00:00Z", maxRunCount="2", maxConcurrentRunCount="9")
        await calendar.sleep_until("2030-01-01T12:00:00Z")
        assert calendar.times(name) == ["2029-12-31T00:00", "2029-12-31T01:00"]
        assert calendar.get(name)["state"] == "COMPLETED"

    calendar.play("2030-01-01T12:00:00Z", story)


def test_what_a_sleeping_machine_missed_is_left_out_or_caught_up(calendar: Any) -> None:
    async def story() -> None:
        plain, catching = calendar.create(), calendar.create()
        calendar.call("pause", catching)
        calendar.call("resume", catching, catchUp=True)
        await calendar.sleep_until("2030-01-01T04:00:30Z")
        # The run of 04:00 is late by less than a minute.
        assert calendar.times(plain) == ["2030-01-01T04:00"]
        for _ in range(4):
            await calendar.sleep_until("2030-01-01T04:00:30Z")
        assert calendar.times(catching) == [f"2030-01-01T0{hour}:00" for hour in (1, 2, 3, 4)]

    calendar.play("2030-01-01T00:00:00Z", story)


def test_an_update_starts_from_the_next_time_after_it(calendar: Any) -> None:
    async def story() -> None:
        name = calendar.create(maxConcurrentActiveRunCount="1", allowQueueing=True)
        await calendar.move("2030-01-01T03:10:00Z")
        assert calendar.get(name)["nextRunTime"] == "2030-01-01T02:00:00.000000Z"
        changed = calendar.call("patch", name, mask="cron", cron="30 * * * *")
        assert changed["nextRunTime"] == "2030-01-01T03:30:00.000000Z"
        await calendar.end(calendar.started(name)[0])
        # What waited was given up.
        assert calendar.times(name) == ["2030-01-01T01:00"]
        await calendar.move("2030-01-01T03:30:00Z")
        assert calendar.times(name) == ["2030-01-01T01:00", "2030-01-01T03:30"]

    calendar.play("2030-01-01T00:00:00Z", story)


def test_nothing_starts_twice_when_the_clock_goes_back(calendar: Any) -> None:
    async def story() -> None:
        name = calendar.create()
        await calendar.move("2030-01-01T02:00:00Z")
        await calendar.move("2030-01-01T00:30:00Z")
        await calendar.move("2030-01-01T02:30:00Z")
        assert calendar.times(name) == ["2030-01-01T01:00", "2030-01-01T02:00"]
        assert calendar.schedules.time() == {"time": "2030-01-01T02:30:00.000000Z", "stands": True}

    calendar.play("2030-01-01T00:00:00Z", story)


def test_jobs_stay_when_their_schedule_is_deleted(calendar: Any) -> None:
    async def story() -> None:
        name = calendar.create()
        await calendar.move("2030-01-01T01:00:00Z")
        assert calendar.call("delete", name)["done"] is True
        await calendar.move("2030-01-01T09:00:00Z")
        assert calendar.times(name) == ["2030-01-01T01:00"]

    calendar.play("2030-01-01T00:00:00Z", story)


def test_runs_that_wait_survive_a_restart_and_what_was_missed_does_not(calendar: Any) -> None:
    async def story() -> None:
        name = calendar.create(maxConcurrentActiveRunCount="1", allowQueueing=True)
        await calendar.move("2030-01-01T02:30:00Z")
        assert calendar.times(name) == ["2030-01-01T01:00"]
        await calendar.restart("2030-01-01T05:30:00Z")
        # The run of 01:00 ended with the server; that of 02:00 had waited; those until 05:00 were missed.
        assert calendar.times(name) == ["2030-01-01T01:00", "2030-01-01T02:00"]
        assert calendar.get(name)["nextRunTime"] == "2030-01-01T06:00:00.000000Z"

    calendar.play("2030-01-01T00:00:00Z", story)


def test_the_clock_stops_where_too_many_runs_are_due(calendar: Any) -> None:
    async def story() -> None:
        name = calendar.create("* * * * *", maxConcurrentActiveRunCount="1")
        with pytest.raises(ServiceError, match="due 1000 times; the clock stands at 2030-01-01T16:40:00"):
            await calendar.move("2030-02-01T00:00:00Z")
        assert len(calendar.started(name)) == 1

    calendar.play("2030-01-01T00:00:00Z", story)
