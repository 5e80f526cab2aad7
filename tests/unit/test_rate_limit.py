"""Requests and tokens per minute, pauses, and what the service asks for, on a clock that only turns when asked."""

from __future__ import annotations

import asyncio
import datetime
import email.utils

import pytest

from components.gcp.patient_client import pause
from components.gcp.rate_limit import RateLimit
from components.gcp.vertex_http import host_of, proxy_for, retry_after


class Turned:
    """A clock that jumps when somebody sleeps."""

    def __init__(self) -> None:
        self.at = 1000.0

    async def sleep(self, seconds: float) -> None:
        self.at += seconds


def seconds_for(requests: int, tokens: float, **limits: float) -> float:
    clock = Turned()

    async def take_all() -> None:
        limit = RateLimit(**limits, now=lambda: clock.at, sleep=clock.sleep)  # type: ignore[arg-type]
        for _ in range(requests):
            await limit.take(tokens)

    asyncio.run(take_all())
    return clock.at - 1000


def test_requests_stay_below_their_quota() -> None:
    assert seconds_for(600, 1, requests_per_minute=120) == pytest.approx(300, abs=1.5)
    assert seconds_for(600, 1) == 0


def test_tokens_stay_below_their_quota_and_the_stricter_one_counts() -> None:
    assert seconds_for(100, 600, tokens_per_minute=6000) == pytest.approx(600, abs=7)
    assert seconds_for(100, 60, requests_per_minute=60, tokens_per_minute=6000) == pytest.approx(100, abs=2.5)


def test_answers_that_are_longer_than_expected_are_paid_back() -> None:
    clock = Turned()

    async def run() -> None:
        limit = RateLimit(tokens_per_minute=60, now=lambda: clock.at, sleep=clock.sleep)
        await limit.take(1)
        limit.correct(10)
        await limit.take(1)

    asyncio.run(run())
    assert clock.at - 1000 == pytest.approx(10)


def test_pauses_double_differ_and_never_undercut_what_the_service_asks_for() -> None:
    pauses = [pause(attempt) for attempt in range(1, 40)]
    assert all(0 <= one <= min(30, 0.5 * 2**attempt) for attempt, one in enumerate(pauses, start=1))
    assert len(set(pauses)) == len(pauses)
    asked = [pause(8, 7.0) for _ in range(100)]
    assert 7 <= min(asked) < max(asked) <= 7 + 7 / 4


def test_retry_after_in_seconds_and_as_a_date() -> None:
    soon = datetime.datetime.now(datetime.UTC) + datetime.timedelta(seconds=60)
    assert retry_after("12") == 12
    assert retry_after(email.utils.format_datetime(soon, usegmt=True)) == pytest.approx(60, abs=2)
    assert retry_after("Wed, 21 Oct 2015 07:28:00 GMT") == 0
    assert retry_after("") is None
    assert retry_after("soon") is None


def test_hosts_of_locations(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GOOGLE_VERTEX_BASE_URL", raising=False)
    assert host_of("us-central1") == "https://us-central1-aiplatform.googleapis.com"
    assert host_of("eu") == "https://aiplatform.eu.rep.googleapis.com"
    assert host_of("global") == "https://aiplatform.googleapis.com"


def test_the_proxy_of_the_environment_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("https_proxy", "http://proxy.example:3128")
    monkeypatch.setenv("no_proxy", "localhost,127.0.0.1")
    assert proxy_for("https://us-central1-aiplatform.googleapis.com") == "http://proxy.example:3128"
    assert proxy_for("http://127.0.0.1:8080") is None
