"""Asks an endpoint a few prompts before people depend on it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

from components.errors import service_error
from components.gcp.generation import Generator


def probe(generator: Generator, endpoint: str, requests: Sequence[dict[str, Any]]) -> None:
    """Return when every prompt was answered with text.

    A platform can say that a deployment is ready before it answers; the generator's retries give it time.

    Raises:
        RetuneError: `DEPLOY-PROBE` with the first reason.
    """

    async def ask_all() -> list[str]:
        answers = [await generator.ask(request) for request in requests]
        return [answer.error for answer in answers if answer.error]

    failures = asyncio.run(ask_all())
    if failures:
        raise service_error(
            "DEPLOY-PROBE",
            f"{len(failures)} of {len(requests)} probe prompts were not answered: {failures[0]}",
            "the previous champion still serves; look at the endpoint and start the run again",
            endpoint,
        )
