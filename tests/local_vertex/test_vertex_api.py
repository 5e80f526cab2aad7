"""How replies of the services become HTTP: JSON, streams, refusals, failures."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator

import httpx
import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import Route

from local_vertex.calls import Call, Json, not_found
from local_vertex.faults import Faults
from local_vertex.http_api.http_shell import Activity, HttpShell
from local_vertex.http_api.request_log import RequestLog
from local_vertex.http_api.vertex_api import VertexApi

ENDPOINT = "/v1/projects/1/locations/l/endpoints/5"
QUESTION = {"contents": [{"role": "user", "parts": [{"text": "a user's words"}]}]}


async def stream(call: Call) -> AsyncIterator[Json]:
    for word in ("one", "zwei ü"):
        yield {"text": word}


async def refused_stream(call: Call) -> AsyncIterator[Json]:
    raise not_found("no such model")
    yield {}


def broken(call: Call) -> Json:
    raise RuntimeError(call.body["contents"][0]["parts"][0]["text"])


async def echo(call: Call) -> Json:
    return {"method": call.method, "body": call.body}


class Web:
    """The application as a client sees it, without a socket."""

    def __init__(self, app: Starlette) -> None:
        self._app = app

    def ask(self, method: str, path: str, body: Json | None = None) -> httpx.Response:
        async def send() -> httpx.Response:
            async with httpx.AsyncClient(transport=httpx.ASGITransport(self._app), base_url="http://here") as client:
                return await client.request(method, path, json=body, headers={"authorization": "Bearer x"})

        return asyncio.run(send())


@pytest.fixture
def web() -> Web:
    api = VertexApi(
        {
            "projects.locations.endpoints.generateContent": broken,
            "projects.locations.endpoints.countTokens": echo,
            "projects.locations.endpoints.streamGenerateContent": stream,
            "projects.locations.publishers.models.streamGenerateContent": refused_stream,
        }
    )
    shell = Middleware(
        HttpShell, faults=Faults(), activity=Activity(), requests=RequestLog(), host_allowed=lambda host: True
    )
    routes = [Route("/v1/{path:path}", api.answer, methods=["GET", "POST"])]
    return Web(Starlette(routes=routes, middleware=[shell]))


def test_an_awaited_reply(web: Web) -> None:
    reply = web.ask("POST", f"{ENDPOINT}:countTokens", QUESTION)
    assert reply.json() == {"method": "projects.locations.endpoints.countTokens", "body": QUESTION}


def test_server_sent_events(web: Web) -> None:
    reply = web.ask("POST", f"{ENDPOINT}:streamGenerateContent?alt=sse", QUESTION)
    assert reply.headers["content-type"].startswith("text/event-stream")
    assert reply.text == 'data: {"text":"one"}\r\n\r\ndata: {"text":"zwei ü"}\r\n\r\n'


def test_a_stream_without_events_is_one_json_array(web: Web) -> None:
    reply = web.ask("POST", f"{ENDPOINT}:streamGenerateContent", QUESTION)
    assert json.loads(reply.content) == [{"text": "one"}, {"text": "zwei ü"}]


def test_a_stream_that_is_refused_before_it_starts_is_an_error(web: Web) -> None:
    path = "/v1/projects/1/locations/l/publishers/google/models/m:streamGenerateContent?alt=sse"
    reply = web.ask("POST", path, QUESTION)
    assert (reply.status_code, reply.json()["error"]["status"]) == (404, "NOT_FOUND")


def test_a_method_without_a_service_is_unimplemented(web: Web) -> None:
    reply = web.ask("GET", "/v1/projects/1/locations/l/models")
    assert reply.status_code == 501
    assert "projects.locations.models.list" in reply.json()["error"]["message"]


def test_a_failure_of_the_stand_in_says_where_but_not_what_it_was_given(
    web: Web, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO):
        reply = web.ask("POST", f"{ENDPOINT}:generateContent", QUESTION)
    assert (reply.status_code, reply.json()["error"]["status"]) == (500, "INTERNAL")
    assert "RuntimeError at" in caplog.text
    assert "user's words" not in caplog.text + reply.text
