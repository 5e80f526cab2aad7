"""The Vertex AI half of the server: checks a request, calls the service's method, writes its reply."""

from __future__ import annotations

import inspect
import json
import re
from collections.abc import AsyncIterator

import orjson
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from local_vertex.calls import Call, Handler, Json, Reply, ServiceError
from local_vertex.http_api.auth import require_bearer
from local_vertex.http_api.request_checks import checked_call
from local_vertex.http_api.routing import Routes

_PREFIXES = ("/v1/", "/v1beta1/", "/ui/")
# Secret Manager's and Pub/Sub's paths begin as Vertex AI's do.
_OTHER_APIS = re.compile(r"/v1/projects/[^/]+/(secrets|topics)\b")


class VertexApi:
    """Answers every request below `/v1`, `/v1beta1` and `/ui`.

    Args:
        handlers: The services' methods by discovery identifier.
    """

    def __init__(self, handlers: dict[str, Handler]) -> None:
        self._routes = Routes()
        self._handlers = handlers

    async def answer(self, request: Request) -> Response:
        """The reply, in the service's own error shape when it is a refusal."""
        try:
            require_bearer(request.headers.get("authorization", ""))
            raw_path = request.scope["raw_path"].decode("ascii", "replace")
            content = await request.body()
            call = checked_call(self._routes, request.method, raw_path, request.query_params.multi_items(), content)
            reply = await self._reply(call)
            if not isinstance(reply, dict):
                return await _stream(reply, events=request.query_params.get("alt") == "sse")
        except ServiceError as error:
            return JSONResponse(error.body(), error.code)
        return Response(_written(reply), media_type="application/json")

    async def _reply(self, call: Call) -> Reply:
        handler = self._handlers.get(call.method)
        if handler is None:
            raise ServiceError(501, "UNIMPLEMENTED", f"local Vertex does not implement {call.method}")
        reply = handler(call)
        return await reply if inspect.isawaitable(reply) else reply


class VertexFirst:
    """Middleware that has Vertex AI's requests answered without the router, which costs an eighth of an answer.

    Args:
        app: Answers all other requests.
        api: Answers Vertex AI's.
    """

    def __init__(self, app: ASGIApp, api: VertexApi) -> None:
        self._app, self._api = app, api

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or pass it on."""
        app = self._app
        if scope["type"] == "http" and scope["path"].startswith(_PREFIXES) and not _OTHER_APIS.match(scope["path"]):
            app = await self._api.answer(Request(scope, receive))
        await app(scope, receive, send)


def _written(reply: Json) -> bytes:
    try:
        return orjson.dumps(reply)
    except TypeError:
        # Free JSON, such as the metrics of an evaluation, may have integers of more than 64 bits.
        return json.dumps(reply, ensure_ascii=False).encode()


async def _stream(reply: AsyncIterator[Json], *, events: bool) -> Response:
    """Server-sent events, or one JSON array written element by element, as Google's REST streaming does.

    The first element is awaited here, so that a refusal becomes an error status and not a broken stream.
    """
    first = await anext(reply, None)

    async def chunks() -> AsyncIterator[bytes]:
        yield b"" if events else b"["
        separator, item = b"", first
        while item is not None:
            text = _written(item)
            yield b"data: " + text + b"\r\n\r\n" if events else separator + text
            separator, item = b",\r\n", await anext(reply, None)
        yield b"" if events else b"]"

    return StreamingResponse(chunks(), media_type="text/event-stream" if events else "application/json")
