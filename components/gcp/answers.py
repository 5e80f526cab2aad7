"""What a model said, read from the response of `generateContent`, online or in a batch."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import msgspec

UNREMARKABLE = frozenset({"", "NEGLIGIBLE", "LOW", "HARM_PROBABILITY_UNSPECIFIED"})


@dataclass(frozen=True)
class Answer:
    """One model answer, or the reason why there is none.

    Attributes:
        text: The answer; empty when there is none. Function calls are told as `calls_text` writes them.
        finish_reason: `STOP`, `MAX_TOKENS`, `SAFETY`, … as the service names it; `BLOCKED` when the prompt was,
            `ERROR` when the call failed.
        error: Why there is no answer, empty otherwise: HTTP status and the service's message.
        prompt_tokens: Tokens billed for the input.
        output_tokens: Tokens billed for the output, thinking included.
        latency_ms: Wall time of the successful attempt, milliseconds.
        attempts: Requests sent, including retries.
        safety: Ratings above `LOW` or blocked, as `CATEGORY:PROBABILITY`.
        model_version: As the response names it; empty without a response.
    """

    text: str
    finish_reason: str
    error: str
    prompt_tokens: int
    output_tokens: int
    latency_ms: float
    attempts: int
    safety: tuple[str, ...] = ()
    model_version: str = ""


class _Part(msgspec.Struct, rename="camel"):
    text: str = ""
    thought: bool = False
    function_call: dict[str, Any] | None = None


class _Content(msgspec.Struct):
    parts: list[_Part] = []


class _Rating(msgspec.Struct):
    category: str = ""
    probability: str = ""
    blocked: bool = False


class _Candidate(msgspec.Struct, rename="camel"):
    content: _Content = msgspec.field(default_factory=_Content)
    finish_reason: str = "FINISH_REASON_UNSPECIFIED"
    safety_ratings: list[_Rating] = []


class _Feedback(msgspec.Struct, rename="camel"):
    block_reason: str = "no candidate returned"
    safety_ratings: list[_Rating] = []


class _Usage(msgspec.Struct, rename="camel"):
    prompt_token_count: int = 0
    candidates_token_count: int = 0
    thoughts_token_count: int = 0


class _Response(msgspec.Struct, rename="camel"):
    candidates: list[_Candidate] = []
    prompt_feedback: _Feedback = msgspec.field(default_factory=_Feedback)
    usage_metadata: _Usage = msgspec.field(default_factory=_Usage)
    model_version: str = ""


class _Status(msgspec.Struct):
    status: str = ""
    message: str = ""


class _Refusal(msgspec.Struct):
    error: _Status = msgspec.field(default_factory=_Status)


_RESPONSE, _REFUSAL = msgspec.json.Decoder(_Response), msgspec.json.Decoder(_Refusal)


def read_answer(body: bytes, latency_ms: float, attempts: int) -> Answer:
    """The answer in a `GenerateContentResponse`, as JSON."""
    try:
        response = _decode(body)
    except (msgspec.DecodeError, ValueError) as error:
        return no_answer(f"unreadable response: {error}", latency_ms, attempts)
    usage = response.usage_metadata
    counts = (usage.prompt_token_count, usage.candidates_token_count + usage.thoughts_token_count)
    if not response.candidates:
        feedback = response.prompt_feedback
        reason = f"prompt blocked: {feedback.block_reason}"
        safety = _remarkable(feedback.safety_ratings)
        return Answer("", "BLOCKED", reason, *counts, latency_ms, attempts, safety, response.model_version)
    candidate = response.candidates[0]
    calls = [part.function_call for part in candidate.content.parts if part.function_call]
    text = "".join(part.text for part in candidate.content.parts if not part.thought)
    text = calls_text(calls) if calls else text
    finish = candidate.finish_reason
    reason = "" if text else f"empty answer, finish reason {finish}"
    safety = _remarkable(candidate.safety_ratings)
    return Answer(text, finish, reason, *counts, latency_ms, attempts, safety, response.model_version)


def _decode(body: bytes) -> _Response:
    try:
        return _RESPONSE.decode(body)
    except msgspec.DecodeError:
        # Half of a surrogate pair, with which an answer can be cut off, is JSON that msgspec does not read.
        return msgspec.convert(json.loads(body), _Response)


def no_answer(reason: str, latency_ms: float, attempts: int) -> Answer:
    """The answer of a call that failed."""
    return Answer("", "ERROR", reason, 0, 0, latency_ms, attempts)


def refusal(status: int, body: bytes) -> str:
    """The service's reason for a status other than 200, on one line."""
    try:
        said = _REFUSAL.decode(body).error
    except msgspec.DecodeError:
        said = _Status("", body[:200].decode("utf-8", "replace"))
    return f"{status} {said.status}: {said.message}"


def calls_text(calls: list[dict[str, Any]]) -> str:
    """Function calls as one JSON text: `{"functionCalls":[{"args":{…},"name":"…"}]}`, keys sorted.

    Answers and references are written by it, so that they can be compared as texts and as objects.
    """
    told = [{"name": call.get("name", ""), "args": call.get("args") or {}} for call in calls]
    return msgspec.json.encode({"functionCalls": told}, order="sorted").decode()


def _remarkable(ratings: list[_Rating]) -> tuple[str, ...]:
    return tuple(
        f"{one.category}:{one.probability}" for one in ratings if one.blocked or one.probability not in UNREMARKABLE
    )
