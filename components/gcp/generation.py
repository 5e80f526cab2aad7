"""Answers from base models and tuned endpoints."""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec

from components.gcp.answers import Answer, no_answer, read_answer
from components.gcp.patient_client import PatientClient, Sleep
from components.gcp.rate_limit import RateLimit
from components.gcp.resource_names import location_of

CHARACTERS_PER_TOKEN = 4
PASSED_ON = ("tools", "toolConfig", "safetySettings", "labels")


class Generator(PatientClient):
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
        super().__init__(location, attempts=attempts, limit=limit, sleep=sleep)
        name = model if "/" in model else f"projects/{project}/locations/{location}/publishers/google/models/{model}"
        self._path = f"/v1/{name}:generateContent"
        self._thinking = thinking_config(thinking)
        self._output_tokens = 0.0

    async def ask(self, request: dict[str, Any]) -> Answer:
        """One answer; never raises for what the service does, so that no row is lost.

        Args:
            request: `contents` (list of turns in camelCase JSON), optional `systemInstruction` (text), `tools`, `seed`
                and `temperature`; a request that is replayed has `generationConfig`, `toolConfig` and `safetySettings`.

        Raises:
            google.auth.exceptions.GoogleAuthError: There are no usable credentials.
        """
        body = msgspec.json.encode(request_body(request, self._thinking))
        # What an answer will cost is not known; the last ones say what to expect.
        expected = len(body) / CHARACTERS_PER_TOKEN + self._output_tokens
        posted = await self._post(self._path, body, expected)
        if posted.body is None:
            return no_answer(posted.reason, posted.latency_ms, posted.attempts)
        answer = read_answer(posted.body, posted.latency_ms, posted.attempts)
        self._correct(answer.prompt_tokens + answer.output_tokens - expected)
        self._output_tokens += (answer.output_tokens - self._output_tokens) / 16
        return answer


def request_body(request: dict[str, Any], thinking: dict[str, Any]) -> dict[str, Any]:
    """The body of `generateContent` for a request.

    Args:
        request: As `Generator.ask` takes it; `labels` may be added.
        thinking: `thinkingConfig`; empty for the model's default.
    """
    config = dict(request.get("generationConfig") or {})
    config |= {name: request[name] for name in ("temperature", "seed") if request.get(name) is not None}
    if thinking:
        config["thinkingConfig"] = thinking
    body = {"contents": request["contents"], "generationConfig": config}
    if request.get("systemInstruction"):
        body["systemInstruction"] = {"parts": [{"text": request["systemInstruction"]}]}
    return body | {name: request[name] for name in PASSED_ON if request.get(name)}


def thinking_config(setting: str) -> dict[str, Any]:
    """`thinkingConfig` of the API for `budget:N` or `level:NAME`; empty for an empty setting."""
    kind, _, value = setting.partition(":")
    if kind == "budget":
        return {"thinkingBudget": int(value)}
    return {"thinkingLevel": value.upper()} if kind == "level" else {}
