"""Cloud Storage JSON API: simple, multipart and resumable uploads.

Source: https://cloud.google.com/storage/docs/uploads-downloads
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from pathlib import Path

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from local_vertex.calls import Json
from local_vertex.state import State
from local_vertex.storage.access_controls import AccessControls, projected
from local_vertex.storage.methods import StorageMethods
from local_vertex.storage.multipart import related_parts
from local_vertex.storage.object_store import ObjectStore
from local_vertex.storage.objects import writable
from local_vertex.storage.preconditions import Preconditions, StorageError, no_such_bucket
from local_vertex.storage.upload_sessions import Session, UploadSessions

_CONTENT_RANGE = re.compile(r"bytes (?:(\d+)-(\d+)|\*)/(?:(\d+)|\*)")
_OF_QUERY = ("contentEncoding", "kmsKeyName")


class Uploads:
    """Takes uploads.

    Args:
        state: Where buckets and sessions are remembered.
        store: Where the objects go.
        methods: Checks parameters and metadata.
        access: Access control lists.
        base_url: Address of this server, for session addresses.
    """

    def __init__(
        self, state: State, store: ObjectStore, methods: StorageMethods, access: AccessControls, base_url: str
    ) -> None:
        self._state, self._store, self._methods, self._base_url = state, store, methods, base_url
        self._access = access
        self._sessions = UploadSessions(state, store)
        self._insert, _ = methods.find("POST", ["b", "-", "o"])

    async def answer(self, request: Request, bucket: str) -> Response:
        """Answer a request below `/upload/storage/v1/b/BUCKET/o`.

        Raises:
            StorageError: 400, 404, 412 or 304.
        """
        query = request.query_params
        self._methods.check_query(self._insert, query.multi_items())
        if "upload_id" in query:
            session = self._sessions.get(query["upload_id"])
            if request.method == "DELETE":
                self._sessions.cancel(session)
                return Response(status_code=499)
            return await self._resume(request, session)
        if self._state.get("buckets", f"b/{bucket}") is None:
            raise no_such_bucket(bucket)
        match query.get("uploadType"):
            case "media":
                kind = request.headers.get("content-type", "application/octet-stream")
                return await self._store_now(query, bucket, {"contentType": kind}, await self._received(request))
            case "multipart":
                content_type = request.headers.get("content-type", "")
                text, content, kind = related_parts(content_type, await request.body())
                metadata = {"contentType": kind, **self._methods.body(self._insert, text)}
                return await self._store_now(query, bucket, metadata, content)
            case "resumable":
                return await self._begin(request, bucket)
        raise StorageError(400, "invalidParameter", "Invalid value for uploadType.")

    async def _store_now(
        self, query: Mapping[str, str], bucket: str, metadata: Json, content: bytes | Path
    ) -> Response:
        try:
            name, preconditions = _name(query, metadata), Preconditions.of(query)
            metadata = self._metadata(query, bucket, name, metadata)
        except StorageError:
            if isinstance(content, Path):
                content.unlink()
            raise
        resource = await asyncio.to_thread(self._store.insert, bucket, name, content, metadata, preconditions)
        return JSONResponse(projected(resource, query, {}))

    async def _begin(self, request: Request, bucket: str) -> Response:
        query = request.query_params
        metadata = self._methods.body(self._insert, await request.body())
        metadata.setdefault("contentType", request.headers.get("x-upload-content-type", "application/octet-stream"))
        name, preconditions = _name(query, metadata), Preconditions.of(query)
        preconditions.check(self._store.get(bucket, name))
        session = self._sessions.begin(bucket, name, self._metadata(query, bucket, name, metadata), preconditions)
        identifier = session.identifier
        address = f"{self._base_url}/upload/storage/v1/b/{bucket}/o?uploadType=resumable&upload_id={identifier}"
        return Response(headers={"location": address, "x-guploader-uploadid": identifier})

    async def _resume(self, request: Request, session: Session) -> Response:
        """Take the next bytes, or say how many have arrived."""
        query = request.query_params
        if session.resource is not None:
            return JSONResponse(projected(session.resource, query, {}))
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
        resource = await asyncio.to_thread(self._sessions.finish, session, metadata)
        return JSONResponse(projected(resource, query, {}))

    def _metadata(self, query: Mapping[str, str], bucket: str, name: str, metadata: Json) -> Json:
        of_query = {key: query[key] for key in _OF_QUERY if key in query}
        return {**writable(metadata), **of_query, **self._access.of_object(bucket, name, query, metadata)}

    async def _received(self, request: Request) -> Path:
        file = self._store.files.new_file()
        try:
            await _append(request, file, 0)
        except BaseException:
            file.unlink()
            raise
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


def _name(query: Mapping[str, str], metadata: Json) -> str:
    name = query.get("name") or metadata.get("name")
    if not isinstance(name, str) or not 1 <= len(name.encode()) <= 1024 or "\r" in name or "\n" in name:
        raise StorageError(400, "required", "Required parameter: name, of 1 to 1024 bytes without line breaks")
    return name


def _hashes(header: str) -> Json:
    """Checksums announced with the last bytes, e.g. `crc32c=AAAAAA==`."""
    names = {"crc32c": "crc32c", "md5": "md5Hash"}
    pairs = (item.strip().partition("=") for item in header.split(","))
    return {names[kind]: value for kind, _, value in pairs if kind in names}
