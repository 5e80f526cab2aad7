"""Cloud Storage JSON API: simple, multipart and resumable uploads.

Source: https://cloud.google.com/storage/docs/uploads-downloads
"""

from __future__ import annotations

import asyncio
import json
import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from local_vertex.calls import Json
from local_vertex.state import State
from local_vertex.storage.object_store import ObjectStore
from local_vertex.storage.objects import writable
from local_vertex.storage.preconditions import Preconditions, StorageError, no_such_bucket

_BOUNDARY = re.compile(rb'boundary="?([^";]+)"?')
_CONTENT_RANGE = re.compile(r"bytes (?:(\d+)-(\d+)|\*)/(?:(\d+)|\*)")


@dataclass(slots=True)
class Session:
    """A resumable upload under way.

    Attributes:
        bucket: Target bucket.
        name: Target object.
        metadata: The object's metadata.
        preconditions: What must hold when it ends.
        file: The bytes received so far.
        resource: The finished object, once it is.
    """

    bucket: str
    name: str
    metadata: Json
    preconditions: Preconditions
    file: Path
    resource: Json | None = None


class Uploads:
    """Takes uploads; sessions last as long as the server.

    Args:
        state: Where buckets are remembered.
        store: Where the objects go.
        base_url: Address of this server, for session addresses.
    """

    def __init__(self, state: State, store: ObjectStore, base_url: str) -> None:
        self._state, self._store, self._base_url = state, store, base_url
        self._sessions: dict[str, Session] = {}

    async def answer(self, request: Request, bucket: str) -> Response:
        """Answer a request below `/upload/storage/v1/b/BUCKET/o`.

        Raises:
            StorageError: 400, 404 or 412.
        """
        query = request.query_params
        if "upload_id" in query:
            session = self._sessions.get(query["upload_id"])
            if session is None:
                raise StorageError(404, "notFound", "There is no such upload session.")
            if request.method == "DELETE":
                session.file.unlink(missing_ok=True)
                del self._sessions[query["upload_id"]]
                return Response(status_code=499)
            return await self._resume(request, session)
        if self._state.get("buckets", f"b/{bucket}") is None:
            raise no_such_bucket(bucket)
        match query.get("uploadType"):
            case "media":
                metadata = {"contentType": request.headers.get("content-type", "application/octet-stream")}
                return await self._store_now(query, bucket, metadata, await self._received(request))
            case "multipart":
                metadata, content = _parts(request.headers.get("content-type", ""), await request.body())
                return await self._store_now(query, bucket, metadata, content)
            case "resumable":
                return await self._begin(request, bucket)
        raise StorageError(400, "invalidParameter", "Invalid value for uploadType.")

    async def _store_now(
        self, query: Mapping[str, str], bucket: str, metadata: Json, content: bytes | Path
    ) -> Response:
        name = _name(query, metadata)
        resource = await asyncio.to_thread(
            self._store.insert, bucket, name, content, _metadata(query, metadata), Preconditions.of(query)
        )
        return JSONResponse(resource)

    async def _begin(self, request: Request, bucket: str) -> Response:
        query = request.query_params
        metadata = _json(await request.body())
        metadata.setdefault("contentType", request.headers.get("x-upload-content-type", "application/octet-stream"))
        name, preconditions = _name(query, metadata), Preconditions.of(query)
        preconditions.check(self._store.get(bucket, name))
        identifier = uuid.uuid4().hex
        self._sessions[identifier] = Session(
            bucket, name, _metadata(query, metadata), preconditions, self._store.new_file()
        )
        address = f"{self._base_url}/upload/storage/v1/b/{bucket}/o?uploadType=resumable&upload_id={identifier}"
        return Response(headers={"location": address, "x-guploader-uploadid": identifier})

    async def _resume(self, request: Request, session: Session) -> Response:
        """Take the next bytes, or say how many have arrived."""
        if session.resource is not None:
            return JSONResponse(session.resource)
        header = request.headers.get("content-range")
        asked = _CONTENT_RANGE.fullmatch(header or "bytes 0-0/*")
        if asked is None:
            raise StorageError(400, "badRequest", "Failed to parse Content-Range header.")
        first, _, total = asked.groups()
        if first is not None:
            await _append(request, session.file, int(first))
        arrived = session.file.stat().st_size
        if header is not None and (total is None or arrived < int(total)):
            return Response(status_code=308, headers={"range": f"bytes=0-{arrived - 1}"} if arrived else {})
        if total is not None and arrived > int(total):
            raise StorageError(400, "badRequest", "More bytes were sent than announced.")
        metadata = {**session.metadata, **_hashes(request.headers.get("x-goog-hash", ""))}
        session.resource = await asyncio.to_thread(
            self._store.insert, session.bucket, session.name, session.file, metadata, session.preconditions
        )
        return JSONResponse(session.resource)

    async def _received(self, request: Request) -> Path:
        file = self._store.new_file()
        await _append(request, file, 0)
        return file


async def _append(request: Request, file: Path, first: int) -> None:
    """Write the request's bytes to the file; those that it has already are skipped."""
    with file.open("r+b") as stream:
        arrived = stream.seek(0, 2)
        if first > arrived:
            raise StorageError(400, "badRequest", f"Expected the upload to continue at byte {arrived}.")
        skip = arrived - first
        async for block in request.stream():
            stream.write(block[skip:])
            skip = max(0, skip - len(block))


def _parts(content_type: str, body: bytes) -> tuple[Json, bytes]:
    """Metadata and bytes of a `multipart/related` body (RFC 2387)."""
    found = _BOUNDARY.search(content_type.encode("latin-1"))
    if found is None:
        raise StorageError(400, "badRequest", "The multipart request has no boundary.")
    mark = b"--" + found.group(1)
    _, first, rest = [*body.split(mark, 2), b"", b""][:3]
    content, closed, _ = rest.rpartition(b"\r\n" + mark + b"--")
    if not closed:
        raise StorageError(400, "badRequest", "Malformed multipart body.")
    _, _, metadata_text = first.partition(b"\r\n\r\n")
    headers, _, media = content.partition(b"\r\n\r\n")
    metadata = _json(metadata_text)
    if "contentType" not in metadata:
        part_type = re.search(rb"content-type: *([^\r\n]+)", headers, re.IGNORECASE)
        metadata["contentType"] = part_type.group(1).decode("latin-1") if part_type else "application/octet-stream"
    return metadata, media


def _json(text: bytes) -> Json:
    try:
        body = json.loads(text) if text.strip() else {}
    except ValueError:
        raise StorageError(400, "parseError", "Parse Error") from None
    if not isinstance(body, dict):
        raise StorageError(400, "parseError", "Parse Error")
    return body


def _name(query: Mapping[str, str], metadata: Json) -> str:
    name = query.get("name") or metadata.get("name")
    if not isinstance(name, str) or not 1 <= len(name.encode()) <= 1024 or "\r" in name or "\n" in name:
        raise StorageError(400, "required", "Required parameter: name, of 1 to 1024 bytes without line breaks")
    return name


def _metadata(query: Mapping[str, str], metadata: Json) -> Json:
    encoding = {"contentEncoding": query["contentEncoding"]} if "contentEncoding" in query else {}
    return {**writable(metadata), **encoding}


def _hashes(header: str) -> Json:
    """Checksums announced with the last bytes, e.g. `crc32c=AAAAAA==`."""
    names = {"crc32c": "crc32c", "md5": "md5Hash"}
    pairs = (item.strip().partition("=") for item in header.split(","))
    return {names[kind]: value for kind, _, value in pairs if kind in names}
