"""Requests for generation and their responses, the same for online calls and for the lines of a batch."""

from __future__ import annotations

import hashlib

import orjson

from local_vertex.calls import Json, invalid_argument
from local_vertex.clock import timestamp
from local_vertex.faults import Fault
from local_vertex.learner.learner import Answer
from local_vertex.learner.tokens import CHARACTERS_PER_TOKEN, content_tokens, estimate_tokens

_ROLES = ("user", "model", "function", None)
_LOWEST_LOG_PROBABILITY = -100.0
_MOST_CANDIDATES = 8
"""Own decision: the discovery document names no bound. Nor does it say that streams have one candidate only."""


def checked_contents(body: Json) -> list[Json]:
    """The contents of a request.

    Raises:
        ServiceError: 400, they cannot be answered.
    """
    contents: list[Json] = body.get("contents", [])
    if not contents:
        raise invalid_argument("Unable to submit request because at least one contents field is required.")
    for content in contents:
        if content.get("role") not in _ROLES:
            raise invalid_argument("Please use a valid role: user, model.")
        if not content.get("parts"):
            raise invalid_argument("Unable to submit request because it must include at least one parts field.")
    if not 1 <= candidate_count(body) <= _MOST_CANDIDATES:
        raise invalid_argument(f"candidateCount must be from 1 to {_MOST_CANDIDATES}.")
    return contents


def candidate_count(body: Json) -> int:
    """How many candidates a request asks for."""
    return int(body.get("generationConfig", {}).get("candidateCount") or 1)


def prompt_tokens(body: Json, contents: list[Json]) -> int:
    """Estimated tokens of the contents and of the system instruction."""
    turns = [*contents, body["systemInstruction"]] if body.get("systemInstruction") else contents
    return sum(content_tokens(content) for content in turns)


def new_response(name: str, version: str, body: Json, answer: Answer, fault: Fault | None) -> Json:
    """The response, with as many candidates as the request asks for, all alike.

    Args:
        name: Resource name of the model or endpoint that was asked.
        version: The model's version as the response shows it.
        body: The request, its contents checked.
        answer: What the model said.
        fault: `safety_block` and `empty_answer` take the answer away.
    """
    candidate, answered = _candidate(answer, int(body.get("generationConfig", {}).get("maxOutputTokens") or 0), fault)
    count = candidate_count(body)
    identity = orjson.dumps([name, body], option=orjson.OPT_SORT_KEYS)
    return {
        "candidates": [{**candidate, "index": index} for index in range(count)],
        "usageMetadata": _usage(prompt_tokens(body, body["contents"]), count * estimate_tokens(answered)),
        "modelVersion": version,
        "createTime": timestamp(),
        "responseId": hashlib.sha256(identity).hexdigest()[:24],
    }


def _candidate(answer: Answer, max_tokens: int, fault: Fault | None) -> tuple[Json, str]:
    """The candidate, and the text that is billed."""
    if fault is not None and fault.action == "safety_block":
        ratings = [{"category": "HARM_CATEGORY_DANGEROUS_CONTENT", "probability": "HIGH", "blocked": True}]
        return {"finishReason": "SAFETY", "safetyRatings": ratings}, ""
    if fault is not None and fault.action == "empty_answer":
        return {"content": {"role": "model"}, "finishReason": "STOP"}, ""
    text, reason = answer.text, "STOP"
    if max_tokens and estimate_tokens(text) > max_tokens:
        text, reason = text[: max_tokens * CHARACTERS_PER_TOKEN], "MAX_TOKENS"
    # The service averages over the answer's tokens.
    average = max(answer.log_probability, _LOWEST_LOG_PROBABILITY) / max(1, estimate_tokens(text))
    content = {"role": "model", "parts": [{"text": text}]}
    return {"content": content, "finishReason": reason, "avgLogprobs": average}, text


def _usage(asked: int, answer_tokens: int) -> Json:
    return {
        "promptTokenCount": asked,
        "candidatesTokenCount": answer_tokens,
        "totalTokenCount": asked + answer_tokens,
        "trafficType": "ON_DEMAND",
    }
