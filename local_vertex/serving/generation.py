"""Generation: what base models and tuned endpoints answer, and how many tokens a request has.

Source: `generateContent`, `streamGenerateContent` and `countTokens` of the service's `publishers.models` and
`endpoints`. Sampling settings are accepted and change nothing: every answer is the most probable one.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import AsyncIterator

from local_vertex import faults
from local_vertex.calls import Call, Handler, Json, invalid_argument, not_found
from local_vertex.clock import timestamp
from local_vertex.context import Context
from local_vertex.learner.examples import question_of
from local_vertex.learner.learner import Answer
from local_vertex.learner.tokens import CHARACTERS_PER_TOKEN, content_text, content_tokens, estimate_tokens
from local_vertex.learner.untuned import Untuned
from local_vertex.serving.served_models import ServedModels, find_endpoint
from local_vertex.serving.traffic_splits import chosen_model
from local_vertex.tuning.base_models import find_base_model

_ROLES = ("user", "model", "function", None)
_LOWEST_LOG_PROBABILITY = -100.0


class Generation:
    """Answers of base models and of tuned endpoints.

    Args:
        context: Shared state.
    """

    def __init__(self, context: Context) -> None:
        self._state = context.state
        self._served = ServedModels(context)
        self._untuned = {True: Untuned(stems=False), False: Untuned()}

    def handlers(self) -> dict[str, Handler]:
        """The service's methods by discovery identifier."""
        found: dict[str, Handler] = {}
        for collection in ("publishers.models", "endpoints"):
            found[f"projects.locations.{collection}.generateContent"] = self.generate_content
            found[f"projects.locations.{collection}.streamGenerateContent"] = self.stream_generate_content
            found[f"projects.locations.{collection}.countTokens"] = self.count_tokens
        return found

    async def start(self) -> None:
        """Nothing to resume."""

    async def stop(self) -> None:
        """Nothing to end."""

    async def generate_content(self, call: Call) -> Json:
        """The response with one candidate.

        Raises:
            ServiceError: 404 for an unknown model or endpoint, 400 for contents that cannot be answered or an
                endpoint without traffic.
        """
        body = call.body
        contents = _checked_contents(body)
        version, answer = await self._answer(call.names["model"], body, contents)
        prompt_tokens = _prompt_tokens(body, contents)
        candidate, answered = _candidate(answer, int(body.get("generationConfig", {}).get("maxOutputTokens") or 0))
        identity = json.dumps([call.names["model"], body], sort_keys=True)
        return {
            "candidates": [candidate],
            "usageMetadata": _usage(prompt_tokens, answered),
            "modelVersion": version,
            "createTime": timestamp(),
            "responseId": hashlib.sha256(identity.encode()).hexdigest()[:24],
        }

    async def stream_generate_content(self, call: Call) -> AsyncIterator[Json]:
        """The same answer in two pieces; the second one has the finish reason and the usage."""
        whole = await self.generate_content(call)
        candidate = whole["candidates"][0]
        text = "".join(part["text"] for part in candidate.get("content", {}).get("parts", []))
        if len(text) > 1:
            half = len(text) // 2
            first = {"index": 0, "content": {"role": "model", "parts": [{"text": text[:half]}]}}
            shared = {field: whole[field] for field in ("modelVersion", "createTime", "responseId")}
            yield {"candidates": [first], **shared}
            candidate["content"]["parts"] = [{"text": text[half:]}]
        yield whole

    def count_tokens(self, call: Call) -> Json:
        """Estimated tokens and characters of a request.

        Raises:
            ServiceError: 404 for an unknown model or endpoint, 400 for malformed contents.
        """
        name, contents = call.names["endpoint"], _checked_contents(call.body)
        if "/endpoints/" in name:
            find_endpoint(self._state, name)
        else:
            _base_model_name(name)
        characters = sum(len("".join(content_text(content).split())) for content in contents)
        return {"totalTokens": _prompt_tokens(call.body, contents), "totalBillableCharacters": characters}

    async def _answer(self, name: str, body: Json, contents: list[Json]) -> tuple[str, Answer]:
        """The model's version as the response shows it, and the answer."""
        question = question_of(contents, body.get("systemInstruction"))
        if "/endpoints/" not in name:
            base_model = _base_model_name(name)
            found = find_base_model(base_model)
            assert found is not None
            return base_model, self._untuned[found.small].answer(question)
        deployed = chosen_model(find_endpoint(self._state, name), body)
        learner = await self._served.of(deployed)
        return f"{deployed['model']}@{deployed['modelVersionId']}", learner.answer(question)


def _base_model_name(name: str) -> str:
    base_model = find_base_model(name)
    if base_model is None:
        raise not_found(
            f"Publisher Model `{name}` was not found or your project does not have access to it. Please ensure you are "
            "using a valid model version."
        )
    return base_model.name


def _checked_contents(body: Json) -> list[Json]:
    contents: list[Json] = body.get("contents", [])
    if not contents:
        raise invalid_argument("Unable to submit request because at least one contents field is required.")
    for content in contents:
        if content.get("role") not in _ROLES:
            raise invalid_argument("Please use a valid role: user, model.")
        if not content.get("parts"):
            raise invalid_argument("Unable to submit request because it must include at least one parts field.")
    if int(body.get("generationConfig", {}).get("candidateCount") or 1) != 1:
        raise invalid_argument("local Vertex answers with one candidate; candidateCount must be 1.")
    return contents


def _prompt_tokens(body: Json, contents: list[Json]) -> int:
    turns = [*contents, body["systemInstruction"]] if body.get("systemInstruction") else contents
    return sum(content_tokens(content) for content in turns)


def _candidate(answer: Answer, max_tokens: int) -> tuple[Json, str]:
    """The candidate, and the text that is billed."""
    fault = faults.requested_behaviour()
    if fault is not None and fault.action == "safety_block":
        ratings = [{"category": "HARM_CATEGORY_DANGEROUS_CONTENT", "probability": "HIGH", "blocked": True}]
        return {"index": 0, "finishReason": "SAFETY", "safetyRatings": ratings}, ""
    if fault is not None and fault.action == "empty_answer":
        return {"index": 0, "content": {"role": "model"}, "finishReason": "STOP"}, ""
    text, reason = answer.text, "STOP"
    if max_tokens and estimate_tokens(text) > max_tokens:
        text, reason = text[: max_tokens * CHARACTERS_PER_TOKEN], "MAX_TOKENS"
    # The service averages over the answer's tokens.
    average = max(answer.log_probability, _LOWEST_LOG_PROBABILITY) / max(1, estimate_tokens(text))
    content = {"role": "model", "parts": [{"text": text}]}
    return {"index": 0, "content": content, "finishReason": reason, "avgLogprobs": average}, text


def _usage(prompt_tokens: int, answered: str) -> Json:
    answer_tokens = estimate_tokens(answered)
    return {
        "promptTokenCount": prompt_tokens,
        "candidatesTokenCount": answer_tokens,
        "totalTokenCount": prompt_tokens + answer_tokens,
        "trafficType": "ON_DEMAND",
    }
