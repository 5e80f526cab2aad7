"""Faults of the lines of a batch: each line counts as a POST to `…/batchPredictionJobs/ID:generateContent`."""

from __future__ import annotations

import time
from collections.abc import Callable

from local_vertex.calls import Json
from local_vertex.faults import Fault

_COUNTS = ("seen", "fired")
ALL_LINES = ("safety_block", "empty_answer")
"""Actions that a fault of the create call has on every line."""
LINE_ACTIONS = (*ALL_LINES, "status", "delay")
"""Actions that a line can meet."""


class LineFaults:
    """What each line meets.

    Args:
        name: Resource name of the job.
        always: The record of a fault that every line meets, if any.
        rules: Records of the rules in force when the job started, with their counts then; the job goes on counting
            for itself.
    """

    def __init__(self, name: str, always: Json | None, rules: list[Json]) -> None:
        self._path = f"/v1/{name}:generateContent"
        self._always = _fault(always) if always else None
        self._rules = [_fault(rule) for rule in rules]

    def met(self, before_delay: Callable[[], None]) -> Fault | None:
        """The fault that the next line meets; a delay is slept here.

        Args:
            before_delay: Called before sleeping.
        """
        fault = next((rule for rule in self._rules if rule.strikes("POST", self._path)), self._always)
        if fault is not None and fault.action == "delay":
            before_delay()
            time.sleep(fault.delay_s)
        return fault


def _fault(record: Json) -> Fault:
    fault = Fault.of({key: value for key, value in record.items() if key not in _COUNTS and value is not None})
    fault.seen, fault.fired = record["seen"], record["fired"]
    return fault
