"""Faults on demand: rules that make chosen requests fail in chosen ways."""

from __future__ import annotations

import random
import re
import threading
from collections import Counter
from collections.abc import Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Literal, get_args

from local_vertex.calls import Json, invalid_argument

Action = Literal[
    "status",
    "reset",
    "lose_reply",
    "cut_reply",
    "delay",
    "late_reply",
    "slow_operation",
    "safety_block",
    "empty_answer",
    "fail_job",
    "partial_job",
    "stay_queued",
    "show_state",
]
ACTIONS = get_args(Action)
_TEXTS = ("method", "path", "action", "message")
_WHOLE_NUMBERS = ("nth", "times", "seed", "status")
_NUMBERS = ("rate", "retry_after_s", "delay_s")


@dataclass(slots=True)
class Fault:
    """One rule.

    Attributes:
        action: `status` answers with an error, `reset` drops the connection before any work, `lose_reply` drops it
            after the work was done, `cut_reply` drops it in the middle of the reply's body, `delay` waits first,
            `late_reply` does the work at once and holds the reply back until so long after the request. The others are
            left to the service that is called, which asks `requested_behaviour`: `slow_operation`, `safety_block`,
            `empty_answer`, `fail_job`, `partial_job`, `stay_queued`, `show_state`.
        method: Regular expression for the whole HTTP method.
        path: Regular expression searched for in the decoded path.
        nth: Only the nth matching request, counted from 1.
        times: Only the first so many matching requests.
        rate: Each matching request with this probability. The nth request of a method to a path meets the same fate
            under the same seed, whatever other requests come in between.
        seed: Seed of the draws.
        status: HTTP status of `status`.
        retry_after_s: `Retry-After` of `status`, seconds.
        delay_s: Seconds that `delay` waits, that `late_reply` takes from request to reply, that the operation of
            `slow_operation` is not done, that a job of `stay_queued` stays queued (0: until it is cancelled).
        message: Message of the error or of the failed job; the state that `show_state` shows of a tuning job.
        seen: Requests that matched so far.
        fired: Requests that were made to fail so far.
    """

    action: Action
    method: str = ".*"
    path: str = ""
    nth: int | None = None
    times: int | None = None
    rate: float | None = None
    seed: int = 0
    status: int = 503
    retry_after_s: float | None = None
    delay_s: float = 0.0
    message: str = ""
    seen: int = 0
    fired: int = 0
    _of_path: Counter[tuple[str, str]] = field(default_factory=Counter, repr=False)

    @classmethod
    def of(cls, body: Mapping[str, object]) -> Fault:
        """The rule in a JSON object.

        Raises:
            ServiceError: 400, naming what is wrong.
        """
        for key, value in body.items():
            expected: type | tuple[type, ...] = str
            if key in _WHOLE_NUMBERS:
                expected = int
            elif key in _NUMBERS:
                expected = (int, float)
            elif key not in _TEXTS:
                raise invalid_argument(f"unknown key '{key}' in a fault; known: {_TEXTS + _WHOLE_NUMBERS + _NUMBERS}")
            if not isinstance(value, expected) or isinstance(value, bool):
                raise invalid_argument(f"the fault's '{key}' has the wrong type")
        if body.get("action") not in ACTIONS:
            raise invalid_argument(f"a fault needs an 'action' of {ACTIONS}")
        fault = cls(**body)  # type: ignore[arg-type]
        try:
            re.compile(fault.method), re.compile(fault.path)
        except re.error as error:
            raise invalid_argument(f"a fault's regular expression is malformed: {error}") from None
        if fault.action == "status" and not 400 <= fault.status <= 599:
            raise invalid_argument("a fault's 'status' is from 400 to 599")
        return fault

    def strikes(self, method: str, path: str) -> bool:
        """Whether this request fails; counts it."""
        if not re.fullmatch(self.method, method) or not re.search(self.path, path):
            return False
        self.seen += 1
        struck = (
            (self.nth is None or self.seen == self.nth)
            and (self.times is None or self.fired < self.times)
            and (self.rate is None or self._draw(method, path) < self.rate)
        )
        self.fired += struck
        return struck

    def _draw(self, method: str, path: str) -> float:
        self._of_path[method, path] += 1
        # No security in it: a number from 0 to 1 that depends on nothing but these four.
        return random.Random(f"{self.seed} {method} {path} {self._of_path[method, path]}").random()  # noqa: S311

    def to_record(self) -> Json:
        """The rule and its counts as JSON."""
        return {name: getattr(self, name) for name in (*_TEXTS, *_WHOLE_NUMBERS, *_NUMBERS, "seen", "fired")}


class Faults:
    """The rules in force, first match wins.

    Args:
        rules: Those in force from the start.
    """

    def __init__(self, rules: Sequence[Fault] = ()) -> None:
        self._mutex = threading.Lock()
        self._rules = list(rules)

    def add(self, rules: Sequence[Fault]) -> None:
        """Put rules in force, after those that are."""
        with self._mutex:
            self._rules.extend(rules)

    def clear(self) -> None:
        """Lift every rule."""
        with self._mutex:
            self._rules.clear()

    def rules(self) -> list[Json]:
        """Every rule with its counts."""
        with self._mutex:
            return [rule.to_record() for rule in self._rules]

    def striking(self, method: str, path: str) -> Fault | None:
        """The fault that this request meets, if any."""
        if not self._rules:
            return None
        with self._mutex:
            return next((rule for rule in self._rules if rule.strikes(method, path)), None)


_current: ContextVar[Fault | None] = ContextVar("current_fault", default=None)


def set_current(fault: Fault | None) -> None:
    """Let the service that handles this request see the fault it meets."""
    _current.set(fault)


def requested_behaviour() -> Fault | None:
    """The fault that the request being handled meets and that its service has to act out; None for most requests."""
    return _current.get()
