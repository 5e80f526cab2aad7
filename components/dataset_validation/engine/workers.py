"""Reads chunks in this process or in several, always in their order."""

from __future__ import annotations

import gc
import os
import sys
import threading
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from components.base_models.facts import Limits
from components.dataset_validation.engine.chunk import Chunk
from components.dataset_validation.engine.chunk_reader import Bounds, ChunkReader
from components.dataset_validation.engine.chunk_result import ChunkResult
from components.dataset_validation.engine.known_prompts import KnownPrompts
from components.dataset_validation.engine.split_record import SplitRecord

if TYPE_CHECKING:
    from multiprocessing.pool import Pool

PARALLEL_FROM_BYTES = 24 << 20
"""Below this starting processes takes longer than it saves."""
MAX_WORKERS = 4


def useful_workers(size: int) -> int:
    """How many processes so many bytes are worth."""
    return 1 if size < PARALLEL_FROM_BYTES else min(MAX_WORKERS, os.cpu_count() or 1)


class ChunkReaders:
    """Processes that read chunks; with one worker everything happens in this process.

    Use it in a `with` statement, which ends the processes.

    Args:
        workers: Number of processes.
        limits: The service's limits.
        known: Prompts of other splits to look for.
        record: Where the caller merges each result before asking for the next one. It soon says that most of what is
            costly to hand over cannot count any more.
    """

    def __init__(self, workers: int, limits: Limits, known: KnownPrompts, record: SplitRecord) -> None:
        self._limits = limits
        self._known = known
        self._workers = workers
        self._pool: Pool | None = None
        self._record = record

    def __enter__(self) -> ChunkReaders:
        """Start the processes."""
        if self._workers > 1:
            import multiprocessing

            # A forked copy of a process with threads may wait for a lock that nobody will open.
            forks = sys.platform == "linux" and threading.active_count() == 1
            self._pool = multiprocessing.get_context("fork" if forks else "spawn").Pool(
                self._workers, _begin, (self._limits, self._known)
            )
        return self

    def __exit__(self, *_: object) -> None:
        """End the processes, whatever they are doing."""
        if self._pool is not None:
            self._pool.terminate()

    def results(self, chunks: Iterable[Chunk]) -> Iterator[ChunkResult]:
        """The result of each chunk in the order of the chunks; few of them are in memory at a time."""
        if self._pool is None:
            with _without_collector():
                for chunk in chunks:
                    yield ChunkReader(self._limits, self._known, self._bounds()).read(chunk)
            return
        waiting: deque[Any] = deque()
        for chunk in chunks:
            waiting.append(self._pool.apply_async(_read, (chunk, self._bounds())))
            if len(waiting) > self._workers + 1:
                yield waiting.popleft().get()
        while waiting:
            yield waiting.popleft().get()

    def _bounds(self) -> Bounds:
        return Bounds(self._record.sample.bound, self._record.tally.counted)


_task: tuple[Limits, KnownPrompts]


def _begin(limits: Limits, known: KnownPrompts) -> None:
    """What a process is told once, not with every chunk."""
    global _task
    gc.disable()
    _task = limits, known


def _read(chunk: Chunk, bounds: Bounds) -> ChunkResult:
    return ChunkReader(*_task, bounds).read(chunk)


@contextmanager
def _without_collector() -> Iterator[None]:
    """Nothing that a line leaves behind is cyclic; looking for it takes a third of the time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
