"""Answers from base models and tuned endpoints."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import Any

import msgspec

from components.gcp.answers import Answer, no_answer, read_answer, refusal
from components.gcp.rate_limit import RateLimit
from components.gcp.resource_names import location_of
from components.gcp.vertex_http import NoReplyError, VertexHttp

RETRIED_STATUS = frozenset({408, 429, 500, 502, 503, 504})
LONGEST_PAUSE_S = 30.0
LONGEST_RETRY_AFTER_S = 300.0
CHARACTERS_PER_TOKEN = 4
Sleep = Callable[[float], Awaitable[object]]


class Generator:
    """Asks one model. Used in `async with` it keeps its connections, otherwise each question opens one.

    Args:
        project: Project that pays for base-model calls.
        location: Location for base models; a tuned endpoint answers only at the location in its own name.
        model: Publisher model identifier, or the resource name of an endpoint.
        thinking: `budget:N`, `level:NAME`, or empty for the model's default. Tuned models are asked with the least
            thinking, because tuning imitates answers without it (supervised tuning, "About", 2026-09-25).
        attempts: Requests per question at most.
        limit: Quota that every request, repeated ones too, is held to.
        sleep: Waits so many seconds before a repeated request.
    """

    def __init__(
        self,
        project: str,
        location: str,
        model: str,
        *,
        thinking: str = "",
        attempts: int = 5,
        limit: RateLimit | None = None,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        location = location_of(model, default=location)
        self._web = VertexHttp(location)
        name = model if "/" in model else f"projects/{project}/locations/{location}/publishers/google/models/{model}"
        self._path = f"/v1/{name}:generateContent"
        self._thinking = _thinking(thinking)
        self._attempts = attempts
        self._limit = limit or RateLimit()
        self._sleep = sleep
        self._output_tokens = 0.0

    async def __aenter__(self) -> Generator:
        await self._web.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._web.__aexit__(kind, error, trace)

    async def ask(self, request: dict[str, Any]) -> Answer:
        """One answer; never raises for what the service does, so that no row is lost.

        Args:
            request: `contents` (list of turns in camelCase JSON), optional `systemInstruction` (text), `tools`, `seed`
                and `temperature`.

        Raises:
            google.auth.exceptions.GoogleAuthError: There are no usable credentials.
        """
        body, attempts = msgspec.json.encode(self._body(request)), 0
        while True:
            attempts += 1
            # What an answer will cost is not known; the last ones say what to expect.
            expected = len(body) / CHARACTERS_PER_TOKEN + self._output_tokens
            await self._limit.take(expected)
            started, wanted_pause = time.perf_counter(), None
            try:
                reply = await self._web.post(self._path, body)
            except NoReplyError as error:
                reason, again = f"no reply ({error})", True
            else:
                latency_ms = (time.perf_counter() - started) * 1000
                if reply.status == 200:
                    answer = read_answer(reply.body, latency_ms, attempts)
                    self._limit.correct(answer.prompt_tokens + answer.output_tokens - expected)
                    self._output_tokens += (answer.output_tokens - self._output_tokens) / 16
                    return answer
                reason, again = refusal(reply.status, reply.body), reply.status in RETRIED_STATUS
                wanted_pause = reply.retry_after_s
            if not again or attempts >= self._attempts:
                return no_answer(reason, (time.perf_counter() - started) * 1000, attempts)
            await self._sleep(pause(attempts, wanted_pause))

    def _body(self, request: dict[str, Any]) -> dict[str, Any]:
        config = {name: request[name] for name in ("temperature", "seed") if request.get(name) is not None}
        if self._thinking:
            config["thinkingConfig"] = self._thinking
        body = {"contents": request["contents"], "generationConfig": config}
        if request.get("systemInstruction"):
            body["systemInstruction"] = {"parts": [{"text": request["systemInstruction"]}]}
        return body | {name: request[name] for name in ("tools", "labels") if request.get(name)}


def _thinking(setting: str) -> dict[str, Any]:
    """`thinkingConfig` of the API."""
    kind, _, value = setting.partition(":")
    if kind == "budget":
        return {"thinkingBudget": int(value)}
    return {"thinkingLevel": value.upper()} if kind == "level" else {}


def pause(attempt: int, retry_after_s: float | None = None) -> float:
    """Seconds before the next attempt: random up to a bound that doubles, on top of what the service asks for."""
    wait = random.uniform(0, min(LONGEST_PAUSE_S, 0.5 * 2**attempt))  # noqa: S311 - jitter, not a secret
    if retry_after_s is None:
        return wait
    # Never earlier than asked, and not all at the same moment.
    return min(retry_after_s, LONGEST_RETRY_AFTER_S) + min(wait, max(1.0, retry_after_s / 4))
