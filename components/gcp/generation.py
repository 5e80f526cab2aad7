"""Answers from base models and tuned endpoints."""

from __future__ import annotations

import asyncio
import random
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from components.gcp.clients import genai_client
from components.gcp.resource_names import location_of

if TYPE_CHECKING:
    from google.genai import types


@dataclass(frozen=True)
class Answer:
    """One model answer, or the reason why there is none.

    Attributes:
        text: The answer; empty when there is none.
        finish_reason: `STOP`, `MAX_TOKENS`, `SAFETY`, … as the service names it; `ERROR` when the call failed.
        error: Why there is no answer, empty otherwise: HTTP status and the service's message.
        prompt_tokens: Tokens billed for the input.
        output_tokens: Tokens billed for the output.
        latency_ms: Wall time of the successful attempt, milliseconds.
        attempts: Requests sent, including retries.
    """

    text: str
    finish_reason: str
    error: str
    prompt_tokens: int
    output_tokens: int
    latency_ms: float
    attempts: int


RETRIED_STATUS = (408, 429, 500, 502, 503, 504)


class Generator:
    """Asks one model.

    Args:
        project: Project that pays for base-model calls.
        location: Location for base models; a tuned endpoint answers only at the location in its own name.
        model: Publisher model identifier, or the resource name of an endpoint.
        thinking: `budget:N`, `level:NAME`, or empty for the model's default. Tuned models are asked with the least
            thinking, because tuning imitates answers without it (supervised tuning, "About", 2026-09-25).
        attempts: Requests per question at most.
    """

    def __init__(self, project: str, location: str, model: str, *, thinking: str = "", attempts: int = 5) -> None:
        self._client = genai_client(project, location_of(model, default=location))
        self._model = model
        self._thinking = thinking
        self._attempts = attempts

    async def ask(self, request: dict[str, Any]) -> Answer:
        """One answer; never raises for what the service does, so that no row is lost.

        Args:
            request: `contents` (list of turns in camelCase JSON), optional `systemInstruction` (text), `seed` and
                `temperature`.
        """
        import httpx
        from google.genai import errors

        attempts = 0
        while True:
            attempts += 1
            started = time.perf_counter()
            try:
                response = await self._client.aio.models.generate_content(
                    model=self._model, contents=request["contents"], config=self._config(request)
                )
                return _answer(response, (time.perf_counter() - started) * 1000, attempts)
            except errors.APIError as error:
                reason = f"{error.code} {error.status}: {error.message}"
                again = error.code in RETRIED_STATUS
            except httpx.TransportError as error:
                reason, again = f"no reply ({type(error).__name__})", True
            if not again or attempts >= self._attempts:
                return Answer("", "ERROR", reason, 0, 0, (time.perf_counter() - started) * 1000, attempts)
            await _pause(attempts)

    def _config(self, request: dict[str, Any]) -> types.GenerateContentConfig:
        from google.genai import types

        kind, _, value = self._thinking.partition(":")
        thinking = None
        if kind == "budget":
            thinking = types.ThinkingConfig(thinking_budget=int(value))
        elif kind == "level":
            thinking = types.ThinkingConfig(thinking_level=types.ThinkingLevel(value.upper()))
        return types.GenerateContentConfig(
            system_instruction=request.get("systemInstruction"),
            temperature=request.get("temperature"),
            seed=request.get("seed"),
            thinking_config=thinking,
        )


async def _pause(attempt: int) -> None:
    await asyncio.sleep(random.uniform(0, min(30.0, 0.5 * 2**attempt)))  # noqa: S311 - jitter, not a secret


def _answer(response: types.GenerateContentResponse, latency_ms: float, attempts: int) -> Answer:
    usage = response.usage_metadata
    prompt_tokens = (usage.prompt_token_count or 0) if usage else 0
    output_tokens = (usage.candidates_token_count or 0) if usage else 0
    if not response.candidates:
        blocked = response.prompt_feedback.block_reason if response.prompt_feedback else None
        reason = f"prompt blocked: {blocked.value if blocked else 'no candidate returned'}"
        return Answer("", "BLOCKED", reason, prompt_tokens, output_tokens, latency_ms, attempts)
    candidate = response.candidates[0]
    finish = candidate.finish_reason.value if candidate.finish_reason else "FINISH_REASON_UNSPECIFIED"
    parts = (candidate.content.parts or []) if candidate.content else []
    text = "".join(part.text for part in parts if part.text and not part.thought)
    error = "" if text else f"empty answer, finish reason {finish}"
    return Answer(text, finish, error, prompt_tokens, output_tokens, latency_ms, attempts)
