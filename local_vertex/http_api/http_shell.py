"""What surrounds every request: host check, faults, the headers that say what this is, access log, activity."""

from __future__ import annotations

import asyncio
import json
import logging
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from local_vertex.calls import ServiceError
from local_vertex.clock import timestamp
from local_vertex.faults import Fault, Faults, requested_behaviour, set_current
from local_vertex.http_api.connections import reset
from local_vertex.http_api.request_log import Answered, RequestLog
from local_vertex.storage.preconditions import StorageError
from local_vertex.version import VERSION

ACCESS_LOG = logging.getLogger("local_vertex.access")
_HEADERS = [
    (b"server", f"local-vertex/{VERSION}".encode()),
    (b"x-local-vertex", b"stand-in, not Google Cloud"),
]
_STATUS_NAMES = {
    429: ("RESOURCE_EXHAUSTED", "Resource exhausted. Please try again later."),
    500: ("INTERNAL", "Internal error encountered."),
    503: ("UNAVAILABLE", "The service is currently unavailable."),
}
# The stand-in's own routes stay within reach whatever rules are in force.
_OWN_PREFIXES = ("/_faults", "/_clock", "/_subscriptions", "/_settings", "/_status", "/healthz", "/console/")
_STORAGE_PREFIXES = ("/storage/", "/upload/", "/download/", "/batch/")


@dataclass(slots=True)
class Activity:
    """When the server was last used.

    Attributes:
        in_flight: Requests being answered.
        last: `time.monotonic()` of the last request's end.
    """

    in_flight: int = 0
    last: float = field(default_factory=time.monotonic)


class HttpShell:
    """Wraps the application.

    Args:
        app: The routes.
        faults: Rules in force.
        activity: Told of every request.
        requests: Told what was answered, but for the stand-in's own routes.
        host_allowed: Whether a `Host` header names this server, which a page of a foreign site cannot make a browser
            send (DNS rebinding).
    """

    def __init__(
        self,
        app: ASGIApp,
        faults: Faults,
        activity: Activity,
        requests: RequestLog,
        host_allowed: Callable[[str], bool],
    ) -> None:
        self._app, self._faults, self._host_allowed = app, faults, host_allowed
        self._activity, self._requests = activity, requests

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or pass a lifespan event on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started, status = time.perf_counter(), 0
        set_current(None)

        async def send_marked(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message.get("headers", []), *_HEADERS]
            await send(message)

        self._activity.in_flight += 1
        try:
            await self._answer(scope, receive, send_marked)
        except Exception as error:
            # Frames without the message: it may quote a body.
            frames = [f"{frame.filename}:{frame.lineno}" for frame in traceback.extract_tb(error.__traceback__)]
            logging.getLogger("local_vertex").error("%s at %s", type(error).__name__, " < ".join(reversed(frames)))
            if not status:
                await _refuse(send_marked, ServiceError(500, "INTERNAL", "local Vertex failed; see server.log"))
        finally:
            self._activity.in_flight -= 1
            self._activity.last = time.monotonic()
            took = (time.perf_counter() - started) * 1000
            ACCESS_LOG.info("%s %s %d %.1fms", scope["method"], _one_line(scope["path"]), status, took)
            if not _own(scope["path"]):
                fault = requested_behaviour()
                action = fault.action if fault else ""
                self._requests.add(Answered(timestamp(), scope["method"], scope["path"], status, took, action))

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        host = dict(scope["headers"]).get(b"host", b"").decode("latin-1")
        if not self._host_allowed(host):
            await _refuse(send, ServiceError(403, "PERMISSION_DENIED", "this server is not called by that host name"))
            return
        path = scope["path"]
        fault = None if _own(path) else self._faults.striking(scope["method"], path)
        set_current(fault)
        match fault.action if fault else None:
            case "status":
                assert fault is not None
                await _refuse(send, _error(fault, path), fault.retry_after_s)
            case "reset":
                await _cut(scope, receive)
            case "lose_reply":
                await self._app(scope, receive, _discard)
                await _cut(scope, receive)
            case "cut_reply":
                await self._app(scope, receive, _first_half(send))
                await _cut(scope, receive)
            case "late_reply":
                assert fault is not None
                await self._app(scope, receive, _not_before(time.monotonic() + fault.delay_s, send))
            case _:
                if fault is not None and fault.action == "delay":
                    await asyncio.sleep(fault.delay_s)
                await self._app(scope, receive, send)


def _own(path: str) -> bool:
    """Whether it is a route of the stand-in itself, which Google's service does not have."""
    return path == "/" or path.startswith(_OWN_PREFIXES)


def _error(fault: Fault, path: str) -> ServiceError:
    name, message = _STATUS_NAMES.get(fault.status, ("UNKNOWN", "Fault on demand."))
    if path.startswith(_STORAGE_PREFIXES):
        return StorageError(fault.status, name, fault.message or message)
    return ServiceError(fault.status, name, fault.message or message)


async def _refuse(send: Send, error: ServiceError, retry_after_s: float | None = None) -> None:
    content = json.dumps(error.body()).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(content)).encode())]
    if retry_after_s is not None:
        headers.append((b"retry-after", f"{retry_after_s:g}".encode()))
    await send({"type": "http.response.start", "status": error.code, "headers": headers})
    await send({"type": "http.response.body", "body": content})


async def _discard(message: Message) -> None:
    """Take the place of `send` for a reply that never arrives."""


def _first_half(send: Send) -> Send:
    """What takes the place of `send` for a reply that breaks off in the middle of its first piece."""
    begun = False

    async def send_half(message: Message) -> None:
        nonlocal begun
        if message["type"] == "http.response.start":
            await send(message)
        elif not begun:
            begun = True
            body = message.get("body", b"")
            await send({"type": "http.response.body", "body": body[: len(body) // 2], "more_body": True})

    return send_half


def _not_before(due: float, send: Send) -> Send:
    """What takes the place of `send` for a reply that is held back until `time.monotonic()` has come to an instant."""

    async def send_late(message: Message) -> None:
        left = due - time.monotonic()
        if left > 0:
            await asyncio.sleep(left)
        await send(message)

    return send_late


async def _cut(scope: Scope, receive: Receive) -> None:
    reset(scope["client"])
    while (await receive())["type"] != "http.disconnect":
        pass


def _one_line(path: str) -> str:
    return json.dumps(path)[1:-1]
