"""One line of a batch: a request in, the request with its response or with what was wrong out.

Source: the service's page "Batch inference from Cloud Storage": `request` is repeated, a response is in `response`,
otherwise the error is in `status`; `status` is empty after a success. Other keys of an input line do not come back
(reported for the service in BerriAI/litellm#22723). The exact text of an error is not documented.
"""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import Protocol

from local_vertex.calls import Json, ServiceError, invalid_argument
from local_vertex.clock import timestamp
from local_vertex.faults import Fault
from local_vertex.http_api.request_checks import json_object
from local_vertex.http_api.routing import Routes
from local_vertex.learner.examples import Question, question_of
from local_vertex.learner.learner import Answer
from local_vertex.serving.responses import checked_contents, new_response

# v1beta1 knows every field that v1 knows.
_VERSION, _SCHEMA = "v1beta1", "GoogleCloudAiplatformV1beta1GenerateContentRequest"
_MILLISECONDS = len("2026-11-25T22:00:00.000")


class Model(Protocol):
    """A base model or a tuned one."""

    def answer(self, question: Question) -> Answer:
        """The most probable answer."""


class LineAnswers:
    """Answers lines with one model.

    Args:
        model: Who answers.
        name: Resource name of the job, which identifies responses.
        version: The model's version as responses show it.
    """

    def __init__(self, model: Model, name: str, version: str) -> None:
        self._model, self._name, self._version = model, name, version
        self._checks = Routes().checks[_VERSION]

    def answered(self, line: bytes, fault: Fault | None) -> Json:
        """The output line.

        Args:
            line: The input line.
            fault: What the line is made to meet.
        """
        # A line that is no request comes back as the text that it is, so that it can be found.
        shown: Json | str = line.decode("utf-8", "replace")
        response: Json = {}
        status = ""
        try:
            shown = _request(line)
            response = self._response(shown, fault)
        except ServiceError as error:
            status = f"{_phrase(error.code)}: {json.dumps(error.body())}"
        processed = timestamp()[:_MILLISECONDS] + "+00:00"
        return {"status": status, "processed_time": processed, "request": shown, "response": response}

    def _response(self, request: Json, fault: Fault | None) -> Json:
        if fault is not None and fault.action == "status":
            raise ServiceError(fault.status, "UNKNOWN", fault.message or "This line was made to fail.")
        try:
            body, problems = self._checks.check(_SCHEMA, request)
        except RecursionError:
            raise invalid_argument("The request is nested too deeply.") from None
        if problems:
            raise invalid_argument("\n".join(text for _, text in problems))
        contents = checked_contents(body)
        answer = self._model.answer(question_of(contents, body.get("systemInstruction")))
        response = new_response(self._name, self._version, body, answer, fault)
        del response["usageMetadata"]["trafficType"]
        return response


def _request(line: bytes) -> Json:
    request = json_object(line).get("request")
    if not isinstance(request, dict):
        raise invalid_argument("The line has no object with the key request.")
    return request


def _phrase(code: int) -> str:
    try:
        return HTTPStatus(code).phrase
    except ValueError:
        return "Error"
