"""`/_clock`: moves the clock that schedules go by, which only a stand-in can do."""

from __future__ import annotations

import json

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from local_vertex.calls import ServiceError, invalid_argument
from local_vertex.clock import instant_us, timestamp
from local_vertex.schedules.schedules import Schedules


def clock_route(schedules: Schedules) -> Route:
    """`GET` reads the clock, `POST` lets it stand at an instant, `DELETE` lets it go by wall time again.

    `POST` takes `time` or `advance_s`; every run that is due until then has been started when the reply arrives.
    """

    async def clock(request: Request) -> Response:
        try:
            match request.method:
                case "POST":
                    await schedules.move_clock(_target_us(await request.body(), schedules.time()["time"]))
                case "DELETE":
                    schedules.follow_wall_clock()
        except ServiceError as error:
            return JSONResponse(error.body(), error.code)
        return JSONResponse(schedules.time())

    return Route("/_clock", clock, methods=["GET", "POST", "DELETE"])


def _target_us(content: bytes, now: str) -> int:
    try:
        match json.loads(content):
            case {"time": str(text), **other} if not other:
                return instant_us(text)
            # JSON's true is an int to Python.
            case {"advance_s": int() | float() as seconds, **other} if not other and seconds is not True:
                if seconds >= 0:
                    return instant_us(timestamp(instant_us(now) + int(seconds * 1_000_000)))
    except (ValueError, OverflowError):
        pass
    raise invalid_argument('the body is {"time": RFC 3339 instant} or {"advance_s": seconds, not negative}')
