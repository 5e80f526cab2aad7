"""Generation: what base models and tuned endpoints answer, and how many tokens a request has.

Source: `generateContent`, `streamGenerateContent` and `countTokens` of the service's `publishers.models` and
`endpoints`. Sampling settings are accepted and change nothing: every answer is the most probable one.
"""

from __future__ import annotations

from collections.abc import AsyncIterator

from local_vertex import faults
from local_vertex.calls import Call, Handler, Json, invalid_argument
from local_vertex.context import Context, Service
from local_vertex.learner.examples import question_of
from local_vertex.learner.learner import Answer
from local_vertex.learner.tokens import content_text
from local_vertex.learner.untuned import Untuned
from local_vertex.serving.responses import candidate_count, checked_contents, new_response, prompt_tokens
from local_vertex.serving.served_models import ServedModels, find_endpoint
from local_vertex.serving.traffic_splits import chosen_model
from local_vertex.tuning.base_models import offered_base_model


class Generation(Service):
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

    async def generate_content(self, call: Call) -> Json:
        """The response; its candidates are alike, because every answer is the most probable one.

        Raises:
            ServiceError: 404 for an unknown model or endpoint, 400 for contents that cannot be answered or an
                endpoint without traffic.
        """
        name, body = call.names["model"], call.body
        version, answer = await self._answer(name, body, checked_contents(body))
        return new_response(name, version, body, answer, faults.requested_behaviour())

    async def stream_generate_content(self, call: Call) -> AsyncIterator[Json]:
        """The same answer in two pieces; the second one has the finish reason and the usage.

        Raises:
            ServiceError: As generateContent, and 400 for more than one candidate.
        """
        if candidate_count(call.body) != 1:
            raise invalid_argument("Multiple candidates are not supported in streaming; candidateCount must be 1.")
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
        name, contents = call.names["endpoint"], checked_contents(call.body)
        if "/endpoints/" in name:
            find_endpoint(self._state, name)
        else:
            offered_base_model(name)
        characters = sum(len("".join(content_text(content).split())) for content in contents)
        return {"totalTokens": prompt_tokens(call.body, contents), "totalBillableCharacters": characters}

    async def _answer(self, name: str, body: Json, contents: list[Json]) -> tuple[str, Answer]:
        """The model's version as the response shows it, and the answer."""
        question = question_of(contents, body.get("systemInstruction"))
        if "/endpoints/" not in name:
            base_model = offered_base_model(name)
            return base_model.name, self._untuned[base_model.small].answer(question)
        deployed = chosen_model(find_endpoint(self._state, name), body)
        learner = await self._served.of(deployed)
        return f"{deployed['model']}@{deployed['modelVersionId']}", learner.answer(question)
