"""Compares a new version with the champion before and while people come to depend on it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from components.endpoint_deployment.asked_prompts import Ask, Seen, ask_prompts, wrong_golden
from components.endpoint_deployment.release_record import StepReport
from components.endpoint_deployment.settings import ServingSettings
from components.errors import service_error

MOST_PROBES = 50
UNNOTICED_MS = 500.0
"""Medians of so few prompts differ by chance; a smaller difference is no reason to stop."""

STILL_SERVES = "the previous champion still serves; look at the endpoint and start the run again"


@dataclass(frozen=True)
class Alone:
    """A version at the endpoint where nothing else answers.

    Attributes:
        ask: Asks as the version is to be asked, at any endpoint.
        endpoint: That endpoint, which tuning or the copy made; empty for one that is not known.
    """

    ask: Ask
    endpoint: str


class Inspection:
    """Compares a new version with the champion while it takes over: the same looks before any traffic and at each step.

    Each look asks three. The new version itself, at its own endpoint, because at the shared one nobody can say which
    version answered: it must answer every prompt, and the golden ones as they say. The champion, anew, because what
    it did minutes ago may have been another hour of the service. And the shared endpoint, which people call.

    No response schema is ever sent, and thinking is off or minimal: both is how the version was tuned
    (https://docs.cloud.google.com/gemini-enterprise-agent-platform/models/tuning/supervised-tuning/about).

    Args:
        candidate: The new version.
        champion: What serves; None when nothing does.
        requests: Prompts of the test set, at least one.
        settings: Limits, golden prompts.
    """

    def __init__(
        self, candidate: Alone, champion: Alone | None, requests: Sequence[dict[str, Any]], settings: ServingSettings
    ) -> None:
        self._candidate, self._champion, self._requests, self._settings = candidate, champion, requests, settings
        self._where_it_serves: Seen | None = None
        self.reports: list[StepReport] = []

    def before_traffic(self, serving: str) -> None:
        """Return when the new version is ready, right and as fast as it must be.

        Args:
            serving: The endpoint where the champion serves; empty when nothing does.

        Raises:
            RetuneError: `DEPLOY-PROBE`, `DEPLOY-GOLDEN` or `DEPLOY-SLOW`.
        """
        if self._champion and serving:
            self._where_it_serves = ask_prompts(self._champion.ask(serving), self._requests, len(self._requests))
        own = self._look_at_candidate()
        self._report(0, own, own, self._where_it_serves)
        self._check_candidate(0, own, self._where_it_serves)

    def at_step(self, endpoint: str, share: int) -> None:
        """Return when all do well: the version itself, and the endpoint with that percentage at the new version.

        At a share below 100 so many prompts are asked that about as many as before meet the new version.

        Raises:
            RetuneError: As `before_traffic`; below 100 % also with `DEPLOY-ERRORS`, more prompts fail than do at the
                champion.
        """
        count = min(MOST_PROBES, math.ceil(100 * len(self._requests) / share))
        champion = self._look_at_champion(count)
        own = self._look_at_candidate()
        shared = ask_prompts(self._candidate.ask(endpoint), self._requests, count)
        self._report(share, shared, own, champion)
        self._check_candidate(share, own, champion)
        if share == 100:
            self._check_answered(share, shared, endpoint)
            self._check_golden(share, endpoint)
        else:
            self._check_errors(share, shared, champion, endpoint)
        self._check_latency(share, shared, champion, endpoint)

    def _look_at_champion(self, count: int) -> Seen | None:
        """The champion now; as it was before the rollout where it has no endpoint of its own."""
        if self._champion is None or not self._champion.endpoint:
            return self._where_it_serves
        return ask_prompts(self._champion.ask(self._champion.endpoint), self._requests, count)

    def _look_at_candidate(self) -> Seen:
        """A platform can say that a version is ready before it answers; the generator's retries give it time."""
        return ask_prompts(self._candidate.ask(self._candidate.endpoint), self._requests, len(self._requests))

    def _check_candidate(self, share: int, own: Seen, champion: Seen | None) -> None:
        self._check_answered(share, own, self._candidate.endpoint)
        self._check_latency(share, own, champion, self._candidate.endpoint)
        self._check_golden(share, self._candidate.endpoint)

    def _check_answered(self, share: int, seen: Seen, endpoint: str) -> None:
        if seen.errors:
            raise service_error(
                "DEPLOY-PROBE",
                f"with {share} % of the traffic at the new version it did not answer {len(seen.errors)} of "
                f"{seen.asked} probe prompts: {seen.errors[0]}",
                STILL_SERVES,
                endpoint,
            )

    def _check_golden(self, share: int, endpoint: str) -> None:
        wrong = wrong_golden(self._candidate.ask(endpoint), self._settings.golden_prompts)
        if wrong:
            message = f"with {share} % of the traffic at the new version {wrong}"
            raise service_error("DEPLOY-GOLDEN", message, STILL_SERVES, endpoint)

    def _check_errors(self, share: int, shared: Seen, champion: Seen | None, endpoint: str) -> None:
        """What fails at the champion where it serves, or at this moment, does not stop its successor."""
        known = [one.error_rate for one in (self._where_it_serves, champion) if one]
        allowed = max(known, default=0.0) + self._settings.max_error_increase
        if shared.error_rate > allowed:
            raise service_error(
                "DEPLOY-ERRORS",
                f"with {share} % of the traffic at the new version {len(shared.errors)} of {shared.asked} prompts "
                f"fail, {allowed:.0%} are allowed: {shared.errors[0]}",
                STILL_SERVES,
                endpoint,
            )

    def _check_latency(self, share: int, seen: Seen, champion: Seen | None, endpoint: str) -> None:
        before = champion.latency_p50_ms if champion else None
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

    def _report(self, share: int, seen: Seen, own: Seen, champion: Seen | None) -> None:
        report = StepReport(
            share=share,
            asked=seen.asked,
            failed=len(seen.errors),
            latency_p50_ms=seen.latency_p50_ms,
            champion_latency_p50_ms=champion.latency_p50_ms if champion else None,
            champion_asked=champion.asked if champion else 0,
            champion_failed=len(champion.errors) if champion else 0,
            own_asked=own.asked,
            own_failed=len(own.errors),
            own_latency_p50_ms=own.latency_p50_ms,
            golden=len(self._settings.golden_prompts),
        )
        self.reports.append(report)
        print(f"probe at {share} %: {report.sentence()}", flush=True)
