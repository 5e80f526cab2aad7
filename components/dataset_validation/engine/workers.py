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
from components.dataset_validation.engine.chunk_reader import ChunkReader
from components.dataset_validation.engine.chunk_result import ChunkResult
from components.dataset_validation.engine.known_prompts import KnownPrompts
from components.dataset_validation.engine.text_sample import TextSample

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
    """

    def __init__(self, workers: int, limits: Limits, known: KnownPrompts) -> None:
        self._limits = limits
        self._known = known
        self._workers = workers
        self._pool: Pool | None = None
        self._sample = TextSample()

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
                    result = ChunkReader(self._limits, self._known, TextSample(self._sample.bound)).read(chunk)
                    yield self._noted(result)
            return
        waiting: deque[Any] = deque()
        for chunk in chunks:
            waiting.append(self._pool.apply_async(_read, (chunk, self._sample.bound)))
            if len(waiting) > self._workers + 1:
                yield self._noted(waiting.popleft().get())
        while waiting:
            yield self._noted(waiting.popleft().get())

    def _noted(self, result: ChunkResult) -> ChunkResult:
        """The result; what was drawn so far bounds what later chunks need to draw, which soon is almost nothing."""
        self._sample.merge(result.sample, 0)
        return result


_task: tuple[Limits, KnownPrompts]


def _begin(limits: Limits, known: KnownPrompts) -> None:
    """What a process is told once, not with every chunk."""
    global _task
    gc.disable()
    _task = limits, known


def _read(chunk: Chunk, bound: int) -> ChunkResult:
    return ChunkReader(*_task, TextSample(bound)).read(chunk)


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
