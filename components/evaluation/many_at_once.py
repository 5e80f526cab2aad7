"""Thousands of paid calls, many at once, whose results are stored as they come."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from typing import Generic, TypeVar

from components.evaluation.parts import PART_RECORDS, Parts

Item = TypeVar("Item")
Result = TypeVar("Result")

STORED_EVERY_S = 1.0


async def call_many(
    items: Iterable[Item],
    call: Callable[[Item], Awaitable[Result]],
    parts: Parts[Result],
    *,
    concurrency: int,
    part_records: int = PART_RECORDS,
    stored_every_s: float = STORED_EVERY_S,
    done: Callable[[Item, Result], None],
) -> None:
    """Call for every item and store the results, a second's worth at a time.

    What is at hand is stored too when the run is cancelled or fails: a process that is killed loses the results of its
    last second, nothing else is paid for twice.

    Args:
        items: What to call for; taken one by one, never before there is a free place.
        call: Makes one result. What it raises ends the run.
        parts: Where results are kept.
        concurrency: Calls in flight.
        part_records: Results per part at most.
        stored_every_s: Seconds that a result may wait to be stored.
        done: Told of every result; what it raises ends the run.
    """
    left, writer = iter(items), _PartWriter(parts, part_records, stored_every_s)

    async def work() -> None:
        for item in left:
            result = await call(item)
            await writer.add(result)
            done(item, result)

    async def work_all() -> None:
        async with asyncio.TaskGroup() as workers:
            for _ in range(concurrency):
                workers.create_task(work())

    try:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(writer.store_as_they_come())
            await work_all()
            writer.stop()
    except ExceptionGroup as group:
        # One error that people can read, not one per worker.
        raise _first(group) from group
    finally:
        await writer.flush()


def _first(group: ExceptionGroup[Exception]) -> Exception:
    error: Exception = group
    while isinstance(error, ExceptionGroup):
        error = error.exceptions[0]
    return error


class _PartWriter(Generic[Result]):
    """Gathers results and writes them part by part, one part at a time and off the event loop."""

    def __init__(self, parts: Parts[Result], part_records: int, every_s: float) -> None:
        self._parts, self._part_records, self._every_s = parts, part_records, every_s
        self._waiting: list[Result] = []
        self._some, self._stopped = asyncio.Event(), asyncio.Event()
        self._writing = asyncio.Lock()

    async def add(self, result: Result) -> None:
        self._waiting.append(result)
        self._some.set()
        if len(self._waiting) >= self._part_records:
            await self.flush()

    async def store_as_they_come(self) -> None:
        """Store what waits, again and again, until stopped."""
        while not self._stopped.is_set():
            await self._some.wait()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._stopped.wait(), self._every_s)
            self._some.clear()
            await self.flush()

    def stop(self) -> None:
        """Let `store_as_they_come` end."""
        self._stopped.set()
        self._some.set()

    async def flush(self) -> None:
        """Store everything that waits; results stay queued until they are stored."""
        async with self._writing:
            part = self._waiting[:]
            if part:
                await asyncio.to_thread(self._parts.append, part)
                del self._waiting[: len(part)]
