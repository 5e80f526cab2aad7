"""`/v1/projects/P/secrets…` and `/v1/projects/P/topics…`: what a pipeline uses of Secret Manager and Pub/Sub.

Both services write their paths as Vertex AI does, but without a location, so one host can answer for all of them.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from local_vertex.calls import Json, ServiceError, invalid_argument
from local_vertex.http_api.auth import require_bearer
from local_vertex.secrets import Secrets
from local_vertex.storage.push_delivery import PushDelivery

_SECRETS = "/v1/projects/{project}/secrets"
_Answer = Callable[[Request, Json], Json]


def side_service_routes(secrets: Secrets, pushes: PushDelivery) -> list[Route]:
    """Create a secret, add and access its versions; publish to a topic."""

    def create(request: Request, body: Json) -> Json:
        return secrets.create(request.path_params["project"], request.query_params.get("secretId", ""), body)

    def add_version(request: Request, body: Json) -> Json:
        return secrets.add_version(request.path_params["project"], request.path_params["secret"], body)

    def access(request: Request, body: Json) -> Json:
        names = request.path_params
        return secrets.access(names["project"], names["secret"], names["version"])

    def publish(request: Request, body: Json) -> Json:
        names = request.path_params
        return pushes.publish(f"projects/{names['project']}/topics/{names['topic']}", body)

    return [
        Route(_SECRETS, _answering(create), methods=["POST"]),
        Route(f"{_SECRETS}/{{secret}}:addVersion", _answering(add_version), methods=["POST"]),
        Route(f"{_SECRETS}/{{secret}}/versions/{{version}}:access", _answering(access), methods=["GET"]),
        Route("/v1/projects/{project}/topics/{topic}:publish", _answering(publish), methods=["POST"]),
    ]


def _answering(method: _Answer) -> Callable[[Request], Awaitable[Response]]:
    async def answer(request: Request) -> Response:
        try:
            require_bearer(request.headers.get("authorization", ""))
            return JSONResponse(method(request, _object(await request.body()) if request.method == "POST" else {}))
        except ServiceError as error:
            return JSONResponse(error.body(), error.code)

    return answer


def _object(content: bytes) -> Json:
    try:
        found = json.loads(content)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise invalid_argument("Invalid JSON payload received: the body is no object.")
    return found
