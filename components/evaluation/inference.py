"""Asks one model every question of the test set, many at a time, and loses no row."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from components.evaluation.requests import TestExample
from components.evaluation.rows import PART_ROWS, Row, RowStore
from components.gcp.generation import Answer

Ask = Callable[[dict[str, Any]], Awaitable[Answer]]
Progress = Callable[[int, int], None]

LONGEST_REASON = 500


async def run_inference(
    examples: Sequence[TestExample],
    ask: Ask,
    store: RowStore,
    *,
    concurrency: int = 16,
    part_rows: int = PART_ROWS,
    progress: Progress | None = None,
) -> list[Row]:
    """One row per example, in the order of the examples.

    Rows that the store holds for the same request are reused; only the others are asked. New rows are stored in
    parts as they come, and what is at hand is stored too when the run is cancelled, so that nothing is paid for twice.

    Args:
        examples: The test set.
        ask: Asks the model, for example `components.gcp.generation.Generator.ask`. What it raises becomes a row.
        store: Where this model version's rows are kept.
        concurrency: Requests in flight.
        part_rows: Rows per stored part.
        progress: Called with (rows done, rows in all) after every row.
    """
    rows = await asyncio.to_thread(store.load, examples)
    missing = iter([example for example in examples if example.example_id not in rows])
    writer = _PartWriter(store, part_rows)

    async def work() -> None:
        for example in missing:
            row = await _ask_one(example, ask)
            rows[example.example_id] = row
            await writer.add(row)
            if progress is not None:
                progress(len(rows), len(examples))

    try:
        async with asyncio.TaskGroup() as workers:
            for _ in range(concurrency):
                workers.create_task(work())
    except ExceptionGroup as group:
        # Only storage can fail here: one error that people can read, not one per worker.
        raise group.exceptions[0] from group
    finally:
        await writer.flush()
    return [rows[example.example_id] for example in examples]


async def _ask_one(example: TestExample, ask: Ask) -> Row:
    try:
        answer = await ask(example.request)
    except Exception as error:
        reason = f"{type(error).__name__}: {error}"
        answer = Answer("", "ERROR", reason, 0, 0, 0.0, 1)
    return Row(
        example_id=example.example_id,
        request_hash=example.request_hash,
        reference=example.reference,
        answer=_storable(answer.text),
        finish_reason=answer.finish_reason,
        error=_storable(answer.error[:LONGEST_REASON]),
        prompt_tokens=answer.prompt_tokens,
        output_tokens=answer.output_tokens,
        latency_ms=answer.latency_ms,
        attempts=answer.attempts,
    )


def _storable(text: str) -> str:
    """The text without lone surrogates, which JSON replies can contain and UTF-8 cannot."""
    return text.encode("utf-8", "replace").decode("utf-8")


class _PartWriter:
    """Gathers rows and writes them part by part, one part at a time and off the event loop."""

    def __init__(self, store: RowStore, part_rows: int) -> None:
        self._store = store
        self._part_rows = part_rows
        self._waiting: list[Row] = []
        self._writing = asyncio.Lock()

    async def add(self, row: Row) -> None:
        self._waiting.append(row)
        if len(self._waiting) >= self._part_rows:
            await self.flush()

    async def flush(self) -> None:
        """Store everything that waits; rows stay queued until they are stored."""
        async with self._writing:
            part = self._waiting[:]
            if part:
                await asyncio.to_thread(self._store.append, part)
                del self._waiting[: len(part)]
