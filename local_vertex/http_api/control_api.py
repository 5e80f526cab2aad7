"""Routes of the stand-in that Google's service does not have: health, the token endpoint, faults, pushes, settings."""

from __future__ import annotations

import json
import os

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from local_vertex.calls import Json, ServiceError
from local_vertex.context import Context
from local_vertex.fault_plans import fault_plan
from local_vertex.faults import Faults
from local_vertex.http_api import auth
from local_vertex.storage.push_delivery import PushDelivery
from local_vertex.version import VERSION


def control_routes(context: Context, faults: Faults, pushes: PushDelivery) -> list[Route]:
    """`/healthz`, `/token`, `/_faults`, `/_subscriptions` and `/_settings`."""

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
                    faults.add(fault_plan(_object("a fault", await request.body())))
                case "DELETE":
                    faults.clear()
        except ServiceError as error:
            return JSONResponse(error.body(), error.code)
        return JSONResponse({"faults": faults.rules()})

    async def subscriptions(request: Request) -> Response:
        try:
            match request.method:
                case "POST":
                    pushes.subscribe(_object("a subscription", await request.body()))
                case "DELETE":
                    pushes.unsubscribe_all()
        except ServiceError as error:
            return JSONResponse(error.body(), error.code)
        return JSONResponse({"subscriptions": pushes.subscriptions()})

    async def settings(request: Request) -> Response:
        try:
            if request.method == "POST":
                context.settings.change(_object("a change of settings", await request.body()))
        except ServiceError as error:
            return JSONResponse(error.body(), error.code)
        return JSONResponse(context.settings.to_record())

    return [
        Route("/healthz", health),
        Route("/token", token, methods=["POST"]),
        Route("/_faults", rules, methods=["GET", "POST", "DELETE"]),
        Route("/_subscriptions", subscriptions, methods=["GET", "POST", "DELETE"]),
        Route("/_settings", settings, methods=["GET", "POST"]),
    ]


def _object(what: str, content: bytes) -> Json:
    try:
        found = json.loads(content)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise ServiceError(400, "INVALID_ARGUMENT", f"{what} is a JSON object")
    return found
