"""Asks one model every question of the test set, many at a time, and loses no row."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from typing import Any

from components.evaluation.no_answers import Failures
from components.evaluation.requests import TestExample
from components.evaluation.rows import PART_ROWS, Row, RowStore
from components.gcp.answers import Answer, no_answer

Ask = Callable[[dict[str, Any]], Awaitable[Answer]]
Cost = Callable[[int, int], float | None]
"""US dollars of so many input and output tokens; None where no price is known."""
Progress = Callable[[int, int], None]

LONGEST_REASON = 500
STORED_EVERY_S = 1.0


def unknown_cost(prompt_tokens: int, output_tokens: int) -> float | None:
    """No price is known."""
    return None


async def run_inference(
    examples: Sequence[TestExample],
    ask: Ask,
    store: RowStore,
    *,
    concurrency: int = 16,
    cost: Cost = unknown_cost,
    part_rows: int = PART_ROWS,
    stored_every_s: float = STORED_EVERY_S,
    progress: Progress | None = None,
) -> list[Row]:
    """One row per example, in the order of the examples.

    Rows that the store holds for the same request are reused; only the others are asked. New rows are stored as they
    come, a second's worth at a time, and what is at hand is stored too when the run is cancelled: a process that is
    killed loses the answers of its last second, nothing else is paid for twice.

    Args:
        examples: The test set.
        ask: Asks the model, for example `components.gcp.generation.Generator.ask`. What it raises becomes a row.
        store: Where this model version's rows are kept.
        concurrency: Requests in flight.
        cost: Prices an answer.
        part_rows: Rows per stored part at most.
        stored_every_s: Seconds that an answer may wait to be stored.
        progress: Called with (rows done, rows in all) after every row.

    Raises:
        RetuneError: `EVAL-QUOTA` or `EVAL-NO-ANSWERS`, the model answers nothing at all; what was answered is kept.
    """
    rows = await asyncio.to_thread(store.load, examples)
    missing = iter([example for example in examples if example.example_id not in rows])
    writer, failures = _PartWriter(store, part_rows, stored_every_s), Failures(at_once=concurrency)

    async def work() -> None:
        for example in missing:
            row = await _ask_one(example, ask, cost)
            rows[example.example_id] = row
            await writer.add(row)
            if progress is not None:
                progress(len(rows), len(examples))
            failures.note(row)

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
        # Storage, or a model that answers nothing: one error that people can read, not one per worker.
        raise _first(group) from group
    finally:
        await writer.flush()
    failures.check_end()
    return [rows[example.example_id] for example in examples]


def _first(group: ExceptionGroup[Exception]) -> Exception:
    error: Exception = group
    while isinstance(error, ExceptionGroup):
        error = error.exceptions[0]
    return error


async def _ask_one(example: TestExample, ask: Ask, cost: Cost) -> Row:
    try:
        answer = await ask(example.request)
    except Exception as error:
        answer = no_answer(f"{type(error).__name__}: {error}", 0.0, 1)
    return row_of(example, answer, cost)


def row_of(example: TestExample, answer: Answer, cost: Cost, *, batch: bool = False) -> Row:
    """The row of an answer to the example.

    Args:
        example: What was asked.
        answer: What was said.
        cost: Prices it.
        batch: Whether it comes from a batch, which has no latency.
    """
    return Row(
        example_id=example.example_id,
        request_hash=example.request_hash,
        reference=example.reference,
        answer=_storable(answer.text),
        finish_reason=answer.finish_reason,
        error=_storable(answer.error[:LONGEST_REASON]),
        prompt_tokens=answer.prompt_tokens,
        output_tokens=answer.output_tokens,
        latency_ms=None if batch else answer.latency_ms,
        attempts=answer.attempts,
        safety=answer.safety,
        cost_usd=cost(answer.prompt_tokens, answer.output_tokens),
        model_version=answer.model_version,
    )


def _storable(text: str) -> str:
    """The text without lone surrogates, which JSON replies can contain and UTF-8 cannot."""
    return text.encode("utf-8", "replace").decode("utf-8")


class _PartWriter:
    """Gathers rows and writes them part by part, one part at a time and off the event loop."""

    def __init__(self, store: RowStore, part_rows: int, every_s: float) -> None:
        self._store, self._part_rows, self._every_s = store, part_rows, every_s
        self._waiting: list[Row] = []
        self._some, self._stopped = asyncio.Event(), asyncio.Event()
        self._writing = asyncio.Lock()

    async def add(self, row: Row) -> None:
        self._waiting.append(row)
        self._some.set()
        if len(self._waiting) >= self._part_rows:
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
        """Store everything that waits; rows stay queued until they are stored."""
        async with self._writing:
            part = self._waiting[:]
            if part:
                await asyncio.to_thread(self._store.append, part)
                del self._waiting[: len(part)]
