"""SIGTERM as an exception: how a task learns that its run was cancelled."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType, TracebackType
from typing import Any


class Terminated(BaseException):
    """The task was asked to end. Not an `Exception`, so that nothing on the way treats it as a failed call."""


class Termination:
    """While entered, SIGTERM raises `Terminated` once and is ignored afterwards, so that the task can tidy up.

    Entered in the main thread only, where Python handles signals.
    """

    def __init__(self) -> None:
        self._held = self._asked = False
        self._before: Any = None

    def __enter__(self) -> Termination:
        self._before = signal.signal(signal.SIGTERM, self._terminate)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        signal.signal(signal.SIGTERM, self._before)

    @contextmanager
    def held(self) -> Iterator[None]:
        """Raise only at the end of the block: what happens in it must not be cut short.

        Raises:
            Terminated: SIGTERM came during the block.
        """
        self._held = True
        try:
            yield
        finally:
            self._held = False
        if self._asked:
            raise Terminated

    def _terminate(self, number: int, frame: FrameType | None) -> None:
        first, self._asked = not self._asked, True
        if first and not self._held:
            raise Terminated
