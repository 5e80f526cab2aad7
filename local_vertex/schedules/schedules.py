"""`projects.locations.schedules`: schedules that start pipeline jobs by the clock.

Source: google/cloud/aiplatform_v1/services/schedule_service/client.py. Where Google documents nothing, local Vertex
decides: what became due while the server was down counts as missed after a minute, and missed runs are started when
`catchUp` says so; missed runs wait for a free place even without `allowQueueing`; a run that was queued before
`endTime` still starts; only active schedules are paused.
"""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from contextlib import suppress

from local_vertex.calls import Call, Handler, Json, failed_precondition, invalid_argument, not_found
from local_vertex.clock import timestamp
from local_vertex.context import Context, Service
from local_vertex.http_api.list_pages import list_page
from local_vertex.operations import done_operation
from local_vertex.pipeline_runs.pipeline_jobs import PipelineJobs
from local_vertex.schedules.firing import KIND, Firing
from local_vertex.schedules.schedule import (
    REQUEST,
    changed_schedule,
    list_fields,
    new_schedule,
    public,
    restarted,
)

# A machine that slept does not notice by itself that its timers are late.
_LONGEST_SLEEP_S = 30.0
_MOST_STEPS = 1000


class Schedules(Service):
    """The service; implements `context.Service`.

    Args:
        context: Shared state of the server.
        jobs: Where the runs are started.
    """

    def __init__(self, context: Context, jobs: PipelineJobs) -> None:
        self._state, self._clock, self._jobs = context.state, context.clock, jobs
        self._firing = Firing(context.state, context.clock, jobs)
        self._wake = asyncio.Event()
        self._moving = asyncio.Lock()
        self._watch: asyncio.Task[None] | None = None
        jobs.when_changed(self._wake.set)

    def handlers(self) -> dict[str, Handler]:
        """The methods by discovery identifier."""
        methods: dict[str, Handler] = {
            "create": self.create,
            "get": self.get,
            "list": self.list,
            "patch": self.patch,
            "delete": self.delete,
            "pause": self.pause,
            "resume": self.resume,
        }
        return {f"projects.locations.schedules.{name}": handler for name, handler in methods.items()}

    async def start(self) -> None:
        """Watch the clock; what is due already is started, or left out when it was missed."""
        self._watch = asyncio.create_task(self._watch_clock())

    async def stop(self) -> None:
        """Watch the clock no longer."""
        if self._watch is not None:
            self._watch.cancel()
            with suppress(asyncio.CancelledError):
                await self._watch

    def create(self, call: Call) -> Json:
        """The new schedule; a run that is due already starts after the reply."""
        schedule = new_schedule(call, self._state.new_id(), self._clock.now_us())
        self._check_job(schedule)
        return self._put(schedule)

    def get(self, call: Call) -> Json:
        """The schedule."""
        return public(self._stored(call))

    def list(self, call: Call) -> Json:
        """The schedules of a location, newest first unless `orderBy` says otherwise."""
        schedules = [public(schedule) for schedule in self._state.list(KIND, call.names["parent"])]
        return list_page("schedules", schedules[::-1], call.query, list_fields)

    def patch(self, call: Call) -> Json:
        """The schedule with its changes; runs that wait for their start are given up."""
        schedule = changed_schedule(self._stored(call), call, self._clock.now_us())
        self._check_job(schedule)
        return self._put(schedule)

    def delete(self, call: Call) -> Json:
        """An operation that is done; the jobs that the schedule started stay."""
        name = self._stored(call)["name"]
        self._state.delete(KIND, name)
        return done_operation(self._state, call, name.split("/schedules/")[0], "DeleteOperationMetadata")

    def pause(self, call: Call) -> Json:
        """Nothing; no run starts until the schedule is resumed."""
        schedule = self._in_state(call, "ACTIVE")
        self._put({**schedule, "state": "PAUSED", "lastPauseTime": timestamp(self._clock.now_us())})
        return {}

    def resume(self, call: Call) -> Json:
        """Nothing; runs start again, with `catchUp` those first that were missed since the pause."""
        schedule, now = self._in_state(call, "PAUSED"), self._clock.now_us()
        catch_up = call.body.get("catchUp", False)
        resumed = {**schedule, "state": "ACTIVE", "catchUp": catch_up, "lastResumeTime": timestamp(now)}
        self._put(resumed if catch_up else restarted(resumed, now))
        return {}

    async def move_clock(self, at_us: int) -> None:
        """Let the clock stand at an instant; every run that is due until then starts at its own time.

        Args:
            at_us: Microseconds since 1970.

        Raises:
            ServiceError: 400, too many runs are due until then; the clock stands at the last that was started.
        """
        async with self._moving:
            for _ in range(_MOST_STEPS):
                event = self._firing.next_event_us()
                if event is None or event > at_us:
                    self._clock.stand_at(at_us)
                    self._firing.run_due()
                    self._wake.set()
                    return
                self._clock.stand_at(event)
                self._firing.run_due()
                # The next run is at least a minute away, so those of this step are no longer starting.
                await asyncio.sleep(0)
        raise invalid_argument(f"schedules were due {_MOST_STEPS} times; the clock stands at {self.time()['time']}.")

    def follow_wall_clock(self) -> None:
        """Go by the wall clock again; no run is repeated, so none is due before the clock's last instant is reached."""
        self._clock.follow_wall()
        self._wake.set()

    def time(self) -> Json:
        """What the clock says, and whether it stands."""
        return {"time": timestamp(self._clock.now_us()), "stands": self._clock.stands}

    async def _watch_clock(self) -> None:
        while True:
            self._wake.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout(self._run_due()):
                    await self._wake.wait()

    def _run_due(self) -> float | None:
        """Start what is due, and return the seconds until the next look; None while the clock stands."""
        try:
            self._firing.run_due()
        except (OSError, sqlite3.Error) as error:  # a full disk, for example: nothing was started, so try again
            logging.getLogger("local_vertex.schedules").error("no run could be started: %s", type(error).__name__)
            return 1.0
        event = self._firing.next_event_us()
        if self._clock.stands:
            return None
        return _LONGEST_SLEEP_S if event is None else min(_LONGEST_SLEEP_S, (event - self._clock.now_us()) / 1e6)

    def _check_job(self, schedule: Json) -> None:
        self._jobs.check(schedule[REQUEST]["parent"], schedule[REQUEST]["pipelineJob"])

    def _put(self, schedule: Json) -> Json:
        self._state.put(KIND, schedule["name"], schedule)
        self._wake.set()
        return public(schedule)

    def _stored(self, call: Call) -> Json:
        schedule = self._state.get(KIND, call.names["name"])
        if schedule is None:
            raise not_found(f"The Schedule {call.names['name']} does not exist.")
        return schedule

    def _in_state(self, call: Call, state: str) -> Json:
        schedule = self._stored(call)
        if schedule["state"] != state:
            raise failed_precondition(f"The Schedule {schedule['name']} is {schedule['state']}, not {state}.")
        return schedule
