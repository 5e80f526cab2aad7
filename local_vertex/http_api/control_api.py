"""Routes of the stand-in itself, which Google's service does not have: health, the token endpoint, faults."""

from __future__ import annotations

import json
import os

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from local_vertex.calls import Json, ServiceError
from local_vertex.context import Context
from local_vertex.faults import Fault, Faults
from local_vertex.http_api import auth
from local_vertex.version import VERSION


def control_routes(context: Context, faults: Faults) -> list[Route]:
    """`/healthz`, `/token` and `/_faults`."""

    async def health(request: Request) -> Response:
        return JSONResponse(
            {"status": "ok", "version": VERSION, "pid": os.getpid(), "state_directory": str(context.directory)}
        )

    async def token(request: Request) -> Response:
        return JSONResponse(auth.token())

    async def rules(request: Request) -> Response:
        try:
            match request.method:
                case "POST":
                    faults.add(Fault.of(_rule(await request.body())))
                case "DELETE":
                    faults.clear()
        except ServiceError as error:
            return JSONResponse(error.body(), error.code)
        return JSONResponse({"faults": faults.rules()})

    return [
        Route("/healthz", health),
        Route("/token", token, methods=["POST"]),
        Route("/_faults", rules, methods=["GET", "POST", "DELETE"]),
    ]


def _rule(content: bytes) -> Json:
    try:
        rule = json.loads(content)
    except ValueError:
        rule = None
    if not isinstance(rule, dict):
        raise ServiceError(400, "INVALID_ARGUMENT", "a fault is a JSON object")
    return rule
