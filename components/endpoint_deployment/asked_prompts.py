"""Asks an endpoint a few prompts, and says what it did with them."""

from __future__ import annotations

import asyncio
import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from components.endpoint_deployment.settings import GoldenPrompt
from components.gcp.answers import Answer
from components.gcp.generation import Generator

CONCURRENCY = 4

Ask = Callable[[str], Generator]
"""The generator for an endpoint of that resource name."""


@dataclass(frozen=True)
class Seen:
    """What an endpoint did with the prompts.

    Attributes:
        asked: Prompts.
        errors: Reasons of those that were not answered.
        latency_p50_ms: Median of the others; None without any.
    """

    asked: int
    errors: list[str]
    latency_p50_ms: float | None

    @property
    def error_rate(self) -> float:
        """Share of the prompts without an answer."""
        return len(self.errors) / self.asked


def ask_prompts(generator: Generator, requests: Sequence[dict[str, Any]], count: int) -> Seen:
    """What a model does with so many prompts.

    Args:
        generator: Asks the model.
        requests: Prompts, at least one; asked again, each time with another seed, where `count` is more than they are.
        count: How many.
    """
    answers = asyncio.run(_ask_all(generator, _numbered(requests, count)))
    answered = [answer.latency_ms for answer in answers if not answer.error]
    return Seen(
        asked=len(answers),
        errors=[answer.error for answer in answers if answer.error],
        latency_p50_ms=statistics.median(answered) if answered else None,
    )


def wrong_golden(generator: Generator, golden: Sequence[GoldenPrompt]) -> str:
    """What is wrong with the first golden prompt that is not answered as it says, without its text; empty for none."""
    requests = [
        {
            "contents": [{"role": "user", "parts": [{"text": one.prompt}]}],
            "systemInstruction": one.system_instruction or None,
            "temperature": 0.0,
        }
        for one in golden
    ]
    answers = asyncio.run(_ask_all(generator, requests))
    for number, (wanted, answer) in enumerate(zip(golden, answers, strict=True), start=1):
        which = f"golden prompt {number} of {len(golden)}"
        if answer.error:
            return f"{which} was not answered: {answer.error}"
        if wanted.contains.casefold() not in answer.text.casefold():
            return f"{which} was answered without the text it must have"
    return ""


def _numbered(requests: Sequence[dict[str, Any]], count: int) -> list[dict[str, Any]]:
    """So many requests, each with a seed of its own where prompts repeat: no two of them are the same request."""
    found = []
    for number in range(count):
        round_, position = divmod(number, len(requests))
        request = requests[position]
        found.append({**request, "seed": int(request.get("seed") or 0) + round_} if round_ else request)
    return found


async def _ask_all(generator: Generator, requests: Sequence[dict[str, Any]]) -> list[Answer]:
    free = asyncio.Semaphore(CONCURRENCY)

    async def ask(request: dict[str, Any]) -> Answer:
        async with free:
            return await generator.ask(request)

    async with generator:
        return list(await asyncio.gather(*(ask(request) for request in requests)))
