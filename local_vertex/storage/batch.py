"""Cloud Storage JSON API: many requests in one.

Source: https://cloud.google.com/storage/docs/batch
"""

from __future__ import annotations

import uuid
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Message

from local_vertex.storage.multipart import mixed_parts
from local_vertex.storage.preconditions import StorageError

PATH = "/batch/storage/v1"
_MOST = 1000  # google-cloud-storage puts as many into one


async def answer_batch(request: Request, answer: Callable[[Request], Awaitable[Response]]) -> Response:
    """The replies to the requests in a batch, in their order; each fails or succeeds by itself.

    Args:
        request: Has a `multipart/mixed` body of `application/http` parts.
        answer: Answers one request.

    Raises:
        StorageError: 400, the body is malformed, or has an upload or a download.
    """
    parts = list(mixed_parts(request.headers.get("content-type", ""), await request.body()))
    if len(parts) > _MOST:
        raise StorageError(400, "badRequest", f"A batch has at most {_MOST} requests.")
    inner = [(identity, _request(request, content)) for identity, content in parts]
    boundary = f"batch_{uuid.uuid4().hex}"
    replies = b"".join([_part(boundary, identity, await answer(one)) for identity, one in inner])
    return Response(
        replies + f"--{boundary}--\r\n".encode(), headers={"content-type": f"multipart/mixed; boundary={boundary}"}
    )


def _request(outer: Request, content: bytes) -> Request:
    head, _, body = content.partition(b"\n\n")
    first, *header_lines = head.decode("latin-1").split("\n")
    method, _, rest = first.partition(" ")
    target = urlsplit(rest.rpartition(" ")[0])
    if not target.path.startswith("/storage/v1/") or "alt=media" in target.query.split("&"):
        raise StorageError(400, "badRequest", "A batch has requests for metadata only.")
    headers = [line.partition(":") for line in header_lines]

    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    scope = {
        **outer.scope,
        "method": method,
        "path": target.path,
        "raw_path": target.path.encode(),
        "query_string": target.query.encode(),
        "headers": [
            (name.strip().lower().encode("latin-1"), value.strip().encode("latin-1")) for name, _, value in headers
        ],
    }
    return Request(scope, receive)


def _part(boundary: str, identity: str, reply: Response) -> bytes:
    named = f"Content-ID: <response-{identity}>\r\n" if identity else ""
    content = bytes(reply.body)
    return (
        (
            f"--{boundary}\r\nContent-Type: application/http\r\n{named}\r\n"
            f"HTTP/1.1 {reply.status_code} {HTTPStatus(reply.status_code).phrase}\r\n"
            f"Content-Type: application/json; charset=UTF-8\r\nContent-Length: {len(content)}\r\n\r\n"
        ).encode()
        + content
        + b"\r\n"
    )
