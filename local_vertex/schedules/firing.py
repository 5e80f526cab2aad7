"""Starts the runs that are due: each at most once, whatever is killed when.

A run and the step of its schedule to the next one are written in one transaction; the run's process starts after it.
A due time that is not started stays the schedule's `nextRunTime`, as in the service ("Having a next_run_time in the
past means the runs are being started behind schedule", google/cloud/aiplatform_v1/types/schedule.py).
"""

from __future__ import annotations

import logging
from typing import Literal

from local_vertex.calls import Json
from local_vertex.clock import Clock, instant_us, timestamp
from local_vertex.pipeline_runs.pipeline_jobs import PipelineJobs
from local_vertex.schedules import cron
from local_vertex.schedules.schedule import REQUEST, SEEN, due_us, with_next_run
from local_vertex.state import State

KIND = "schedules"
LATE_US = 60_000_000
"""A run that nobody looked at for so long was missed: the server was down or the machine slept."""
_LOG = logging.getLogger("local_vertex.schedules")
_STARTED = "OK"
Verdict = Literal["start", "wait", "skip", "missed"]


class Firing:
    """The runs of every schedule of one server.

    Args:
        state: Where schedules and jobs are.
        clock: What says whether a run is due.
        jobs: Where runs are started.
    """

    def __init__(self, state: State, clock: Clock, jobs: PipelineJobs) -> None:
        self._state, self._clock, self._jobs = state, clock, jobs

    def run_due(self) -> None:
        """Start, queue or skip what is due by now, and complete the schedules that have come to their end."""
        now = self._clock.now_us()
        for schedule in self._active():
            self._settle(schedule, now)

    def next_event_us(self) -> int | None:
        """The next instant after now at which a schedule is due or ends, in microseconds since 1970."""
        now = self._clock.now_us()
        texts = [schedule[key] for schedule in self._active() for key in ("nextRunTime", "endTime") if key in schedule]
        return min((at for at in map(instant_us, texts) if at > now), default=None)

    def _active(self) -> list[Json]:
        return [schedule for schedule in self._state.list(KIND, "projects") if schedule["state"] == "ACTIVE"]

    def _settle(self, schedule: Json, now: int) -> None:
        before, rule = schedule, cron.parse(schedule["cron"])
        while (due := due_us(schedule)) is not None and due <= now and not _is_used_up(schedule):
            verdict = self._verdict(schedule, due, now)
            if verdict == "wait":
                schedule = _seen(schedule, rule, now)
                break
            if verdict == "start":
                before = schedule = self._start(schedule, rule, due)
            else:
                _LOG.info("%s of %s: %s", timestamp(due), schedule["name"], verdict)
                schedule = with_next_run(schedule, rule.after(due if verdict == "skip" else now - LATE_US))
        if _is_used_up(schedule) or _has_ended(schedule, now):
            schedule = {**with_next_run(schedule, None), "state": "COMPLETED"}
        if schedule != before:
            self._state.put(KIND, schedule["name"], schedule)

    def _verdict(self, schedule: Json, due: int, now: int) -> Verdict:
        queued = SEEN in schedule and due <= instant_us(schedule[SEEN])
        late = not queued and due < now - LATE_US
        # Times before the creation come from a `startTime` in the past, so they are wanted.
        if late and not schedule.get("catchUp", False) and due >= instant_us(schedule["createTime"]):
            return "missed"
        if not self._is_full(schedule):
            return "start"
        return "wait" if queued or late or schedule.get("allowQueueing", False) else "skip"

    def _is_full(self, schedule: Json) -> bool:
        """Whether a limit is reached: that of starts under way, or that of runs that have not ended."""
        states = self._jobs.unfinished_of(schedule["name"])
        starting = states.count("PIPELINE_STATE_PENDING")
        active_limit = int(schedule.get("maxConcurrentActiveRunCount", len(states) + 1))
        return starting >= int(schedule["maxConcurrentRunCount"]) or len(states) >= active_limit

    def _start(self, schedule: Json, rule: cron.Cron, due: int) -> Json:
        request, at = schedule[REQUEST], timestamp(due)
        with self._state.transaction():
            job = self._jobs.prepare(
                request["parent"], request["pipelineJob"], schedule_name=schedule["name"], scheduled_time=at
            )
            counted = {
                **schedule,
                "startedRunCount": str(int(schedule.get("startedRunCount", 0)) + 1),
                "lastScheduledRunResponse": {"scheduledRunTime": at, "runResponse": _STARTED},
            }
            started = with_next_run(counted, rule.after(due))
            self._state.put(KIND, schedule["name"], started)
        self._jobs.launch(job["name"])
        return started


def _is_used_up(schedule: Json) -> bool:
    return "maxRunCount" in schedule and int(schedule.get("startedRunCount", 0)) >= int(schedule["maxRunCount"])


def _has_ended(schedule: Json, now: int) -> bool:
    """Whether the end has come and no run that was due before it waits."""
    return "endTime" in schedule and instant_us(schedule["endTime"]) <= now and "nextRunTime" not in schedule


def _seen(schedule: Json, rule: cron.Cron, now: int) -> Json:
    """The schedule that remembers what waits; unchanged when nothing has become due since it last did."""
    if SEEN in schedule:
        after = rule.after(instant_us(schedule[SEEN]))
        if after is None or after > now:
            return schedule
    return {**schedule, SEEN: timestamp(now)}
