"""`python -m tests.lost_answers.ask_once ROWS`: asks the test set of so many rows, or what of it is missing."""

from __future__ import annotations

import asyncio
import json
import sys

from components.evaluation.inference import run_inference
from components.evaluation.requests import TestExample, load_test_examples
from components.evaluation.rows import Row, RowStore
from components.gcp.generation import Generator
from components.gcp.storage import Storage

PROJECT, BUCKET = "lost-answers", "lost-answers"
ANSWERS = f"gs://{BUCKET}/answers/base"
IN_FLIGHT = 64


def name(number: int) -> str:
    """What the model answers to the question of that number, and to no other one: untuned, it repeats the question."""
    return f"Here is what I understand of your message: row {number}"


def examples(rows: int) -> list[TestExample]:
    """A test set in which every question has an answer of its own."""
    return load_test_examples([_line(number) for number in range(rows)], seed=7)


def _line(number: int) -> bytes:
    texts = (("user", f"row {number}"), ("model", name(number)))
    return json.dumps({"contents": [{"role": role, "parts": [{"text": text}]} for role, text in texts]}).encode()


def cost(prompt_tokens: int, output_tokens: int) -> float:
    """US dollars."""
    return (prompt_tokens * 0.3 + output_tokens * 2.5) / 1e6


async def ask(wanted: list[TestExample]) -> list[Row]:
    """The rows; what is stored already is not asked."""
    store = RowStore(Storage(PROJECT), ANSWERS)
    async with Generator(PROJECT, "us-central1", "gemini-2.5-flash", attempts=20) as generator:
        return await run_inference(
            wanted, generator.ask, store, concurrency=IN_FLIGHT, cost=cost, stored_every_s=0.2, progress=_say_first
        )


def _say_first(done: int, total: int) -> None:
    global _said
    if not _said:
        _said = True
        sys.stdout.write("asking\n")
        sys.stdout.flush()


_said = False

if __name__ == "__main__":
    asyncio.run(ask(examples(int(sys.argv[1]))))
