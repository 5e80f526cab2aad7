"""Asks endpoints a few prompts before and while people come to depend on them."""

from __future__ import annotations

import asyncio
import math
import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from components.endpoint_deployment.release_record import StepReport
from components.endpoint_deployment.settings import GoldenPrompt, ServingSettings
from components.errors import service_error
from components.gcp.answers import Answer
from components.gcp.generation import Generator

CONCURRENCY = 4
MOST_PROBES = 50
UNNOTICED_MS = 500.0
"""Medians of so few prompts differ by chance; a smaller difference is no reason to stop."""

STILL_SERVES = "the previous champion still serves; look at the endpoint and start the run again"

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


class Inspection:
    """Compares a new version with the champion while it takes over.

    No response schema is ever sent, and thinking is off or minimal: both is how the version was tuned
    (https://docs.cloud.google.com/gemini-enterprise-agent-platform/models/tuning/supervised-tuning/about).

    Args:
        candidate: Asks as the new version is to be asked.
        champion: Asks as the champion is to be asked.
        requests: Prompts of the test set, at least one.
        settings: Limits, golden prompts.
    """

    def __init__(
        self, candidate: Ask, champion: Ask, requests: Sequence[dict[str, Any]], settings: ServingSettings
    ) -> None:
        self._candidate, self._champion, self._requests, self._settings = candidate, champion, requests, settings
        self._baseline: Seen | None = None
        self.reports: list[StepReport] = []

    def look_at_champion(self, endpoint: str) -> None:
        """Remember how the champion does at its endpoint, asked as often as at the first step."""
        self._baseline = _ask(self._champion(endpoint), _numbered(self._requests, self._count(self._settings.steps[0])))

    def before_traffic(self, endpoint: str) -> None:
        """Return when the new version, at an endpoint of its own, is ready, right and as fast as it must be.

        Raises:
            RetuneError: `DEPLOY-PROBE`, `DEPLOY-GOLDEN` or `DEPLOY-SLOW`.
        """
        self._all_answered(endpoint, share=0)

    def at_step(self, endpoint: str, share: int) -> None:
        """Return when the endpoint does as well as the champion did, with that percentage at the new version.

        At a share below 100 so many prompts are asked that about as many as before meet the new version.

        Raises:
            RetuneError: As `before_traffic`; below 100 % also with `DEPLOY-ERRORS`, more prompts fail than did at the
                champion.
        """
        if share == 100:
            self._all_answered(endpoint, share)
            return
        seen = _ask(self._candidate(endpoint), _numbered(self._requests, self._count(share)))
        self._report(share, seen)
        allowed = (self._baseline.error_rate if self._baseline else 0.0) + self._settings.max_error_increase
        if seen.error_rate > allowed:
            raise service_error(
                "DEPLOY-ERRORS",
                f"with {share} % of the traffic at the new version {len(seen.errors)} of {seen.asked} prompts fail, "
                f"{allowed:.0%} are allowed: {seen.errors[0]}",
                STILL_SERVES,
                endpoint,
            )
        self._check_latency(endpoint, share, seen)

    def _count(self, share: int) -> int:
        return min(MOST_PROBES, math.ceil(100 * len(self._requests) / share))

    def _all_answered(self, endpoint: str, share: int) -> None:
        """A platform can say that a deployment is ready before it answers; the generator's retries give it time."""
        seen = _ask(self._candidate(endpoint), _numbered(self._requests, len(self._requests)))
        self._report(share, seen)
        if seen.errors:
            raise service_error(
                "DEPLOY-PROBE",
                f"{len(seen.errors)} of {seen.asked} probe prompts were not answered: {seen.errors[0]}",
                STILL_SERVES,
                endpoint,
            )
        self._check_latency(endpoint, share, seen)
        _check_golden(self._candidate(endpoint), self._settings.golden_prompts, endpoint)

    def _check_latency(self, endpoint: str, share: int, seen: Seen) -> None:
        before = self._baseline.latency_p50_ms if self._baseline else None
        if before is None or seen.latency_p50_ms is None:
            return
        if seen.latency_p50_ms > max(before * self._settings.max_latency_ratio, before + UNNOTICED_MS):
            raise service_error(
                "DEPLOY-SLOW",
                f"with {share} % of the traffic at the new version the median took {seen.latency_p50_ms:.0f} ms, "
                f"{before:.0f} ms at the champion",
                STILL_SERVES,
                endpoint,
            )

    def _report(self, share: int, seen: Seen) -> None:
        before = self._baseline.latency_p50_ms if self._baseline else None
        self.reports.append(StepReport(share, seen.asked, len(seen.errors), seen.latency_p50_ms, before))
        print(f"probe at {share} %: {seen.asked - len(seen.errors)} of {seen.asked} answered", flush=True)


def _check_golden(generator: Generator, golden: Sequence[GoldenPrompt], endpoint: str) -> None:
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
        if answer.error or wanted.contains.casefold() not in answer.text.casefold():
            raise service_error(
                "DEPLOY-GOLDEN",
                f"golden prompt {number} of {len(golden)} "
                + (
                    f"was not answered: {answer.error}"
                    if answer.error
                    else "was answered without the text it must have"
                ),
                STILL_SERVES,
                endpoint,
            )


def _numbered(requests: Sequence[dict[str, Any]], count: int) -> list[dict[str, Any]]:
    """So many requests, each with a seed of its own where prompts repeat: no two of them are the same request."""
    found = []
    for number in range(count):
        round_, position = divmod(number, len(requests))
        request = requests[position]
        found.append({**request, "seed": int(request.get("seed") or 0) + round_} if round_ else request)
    return found


def _ask(generator: Generator, requests: Sequence[dict[str, Any]]) -> Seen:
    answers = asyncio.run(_ask_all(generator, requests))
    answered = [answer.latency_ms for answer in answers if not answer.error]
    return Seen(
        asked=len(answers),
        errors=[answer.error for answer in answers if answer.error],
        latency_p50_ms=statistics.median(answered) if answered else None,
    )


async def _ask_all(generator: Generator, requests: Sequence[dict[str, Any]]) -> list[Answer]:
    free = asyncio.Semaphore(CONCURRENCY)

    async def ask(request: dict[str, Any]) -> Answer:
        async with free:
            return await generator.ask(request)

    async with generator:
        return list(await asyncio.gather(*(ask(request) for request in requests)))
