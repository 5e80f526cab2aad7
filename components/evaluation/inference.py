"""Asks one model every question of the test set, many at a time, and loses no row."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from components.evaluation.many_at_once import STORED_EVERY_S, call_many
from components.evaluation.no_answers import Failures
from components.evaluation.parts import PART_RECORDS
from components.evaluation.requests import TestExample
from components.evaluation.rows import Row, RowStore
from components.gcp.answers import Answer, no_answer

Ask = Callable[[dict[str, Any]], Awaitable[Answer]]
Cost = Callable[[int, int], float | None]
"""US dollars of so many input and output tokens; None where no price is known."""
Progress = Callable[[int, int], None]

LONGEST_REASON = 500


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
    part_rows: int = PART_RECORDS,
    stored_every_s: float = STORED_EVERY_S,
    progress: Progress | None = None,
) -> list[Row]:
    """One row per example, in the order of the examples.

    Rows that the store holds for the same request are reused; only the others are asked. New rows are stored as they
    come, see `call_many`.

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
    failures = Failures(at_once=concurrency)

    async def ask_one(example: TestExample) -> Row:
        try:
            answer = await ask(example.request)
        except Exception as error:
            answer = no_answer(f"{type(error).__name__}: {error}", 0.0, 1)
        return row_of(example, answer, cost)

    def done(example: TestExample, row: Row) -> None:
        rows[example.example_id] = row
        if progress is not None:
            progress(len(rows), len(examples))
        failures.note(None if row.settled else row.error)

    missing = [example for example in examples if example.example_id not in rows]
    await call_many(
        missing,
        ask_one,
        store.parts,
        concurrency=concurrency,
        part_records=part_rows,
        stored_every_s=stored_every_s,
        done=done,
    )
    failures.check_end()
    return [rows[example.example_id] for example in examples]


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
