"""Asks champion and candidate the same logged prompts, at the same time and never at the serving endpoint's split."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from contextlib import suppress

from components.evaluation.ask_contestant import rows_of
from components.evaluation.contestants import Contestant
from components.evaluation.requests import TestExample
from components.evaluation.rows import Row
from components.evaluation.settings import EvaluationSettings
from components.gcp.storage import Storage


def replay(
    project: str,
    storage: Storage,
    contestants: Sequence[Contestant],
    prompts: Sequence[TestExample],
    settings: EvaluationSettings,
    tell: Callable[[str], None],
) -> list[list[Row]]:
    """The rows of each model, in the order of models and prompts.

    All are asked at the same time, so that an hour in which the service is slow is slow for all of them. Rows are
    stored as they come, as in an evaluation: a replay that is run again asks only what is missing.

    Args:
        project: Project that pays.
        storage: Where answers are kept.
        contestants: Who is asked.
        prompts: What is asked.
        settings: Concurrency and quotas of each, attempts.
        tell: Told how far it is, in a line without any text of a prompt.

    Raises:
        RetuneError: `EVAL-…`, one of them answers nothing at all; answers so far are kept.
    """

    def ask(one: Contestant) -> Coroutine[None, None, list[Row]]:
        return rows_of(
            project,
            storage,
            one,
            prompts,
            settings,
            lambda line: tell(f"  {one.system.role}: {line}"),
            max(1, settings.concurrency // len(contestants)),
        )

    async def ask_all() -> list[list[Row]]:
        tasks = [asyncio.create_task(ask(one)) for one in contestants]
        try:
            return [await task for task in tasks]
        finally:
            # What the others have at hand is stored before the failure of one is told.
            for task in tasks:
                task.cancel()
                with suppress(Exception, asyncio.CancelledError):
                    await task

    return asyncio.run(ask_all())
