"""Asks one contestant a test set and keeps what it says."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from functools import partial

from components.evaluation.contestants import Contestant
from components.evaluation.inference import run_inference
from components.evaluation.parts import PartStorage
from components.evaluation.requests import TestExample
from components.evaluation.rows import Row, RowStore
from components.evaluation.settings import EvaluationSettings
from components.gcp.generation import Generator
from components.gcp.rate_limit import RateLimit

TOLD_EVERY = 500
tell_the_log = partial(print, flush=True)


def ask_contestant(
    project: str,
    storage: PartStorage,
    contestant: Contestant,
    examples: Sequence[TestExample],
    settings: EvaluationSettings,
    tell: Callable[[str], None] = tell_the_log,
) -> list[Row]:
    """The rows of one model, in the order of the examples.

    Args:
        project: Project that pays.
        storage: Where answers are kept.
        contestant: Who is asked.
        examples: The test set.
        settings: Concurrency, quotas and attempts.
        tell: Told how far it is, in a line.

    Raises:
        RetuneError: `EVAL-…`, see `inference`.
    """
    system = contestant.system
    tell(f"asking {system.role} {system.name}: {len(examples)} rows")
    return asyncio.run(
        rows_of(project, storage, contestant, examples, settings, lambda line: tell(f"  {line}"), settings.concurrency)
    )


async def rows_of(
    project: str,
    storage: PartStorage,
    contestant: Contestant,
    examples: Sequence[TestExample],
    settings: EvaluationSettings,
    tell: Callable[[str], None],
    concurrency: int,
) -> list[Row]:
    """The same for callers that ask several at a time.

    Args:
        project: Project that pays.
        storage: Where answers are kept.
        contestant: Who is asked.
        examples: The test set.
        settings: Quotas and attempts.
        tell: Told how many of how many have been asked.
        concurrency: Requests in flight.

    Raises:
        RetuneError: `EVAL-…`, see `inference`.
    """

    def show(done: int, total: int) -> None:
        if done == total or done % TOLD_EVERY == 0:
            tell(f"{done} of {total}")

    generator = Generator(
        project,
        contestant.location,
        contestant.target,
        thinking=contestant.thinking,
        attempts=settings.attempts,
        limit=RateLimit(settings.requests_per_minute, settings.tokens_per_minute),
    )
    store = RowStore(storage, contestant.system.answers_uri)
    async with generator:
        return await run_inference(
            examples, generator.ask, store, concurrency=concurrency, cost=contestant.cost, progress=show
        )
