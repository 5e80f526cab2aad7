"""Cloud Storage JSON API: the bytes of an object, whole or in ranges.

Source: https://cloud.google.com/storage/docs/json_api/v1/objects/get, https://cloud.google.com/storage/docs/transcoding
"""

from __future__ import annotations

import gzip
import re
from collections.abc import AsyncIterator
from typing import BinaryIO

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from local_vertex.calls import Json

_RANGE = re.compile(r"bytes=([0-9]{0,18})-([0-9]{0,18})")
_BLOCK = 1 << 18


def download(request: Request, resource: Json, content: BinaryIO) -> Response:
    """The reply with the object's bytes.

    Args:
        request: May have `Range` and `Accept-Encoding`.
        resource: The object's resource.
        content: Its bytes; closed when they are sent.
    """
    headers = _headers(resource)
    if resource.get("contentEncoding") == "gzip" and "gzip" not in request.headers.get("accept-encoding", ""):
        # Decompressive transcoding; ranges do not apply to it.
        headers["warning"] = "214 UploadServer gunzipped"
        return Response(gzip.decompress(_all(content)), headers=headers)
    if "contentEncoding" in resource:
        headers["content-encoding"] = resource["contentEncoding"]
    size = int(resource["size"])
    span = _span(request.headers.get("range", ""), size)
    if span is None:
        headers["content-length"] = str(size)
        return StreamingResponse(_blocks(content, 0, size), headers=headers)
    first, end = span
    if first >= end:
        content.close()
        return Response(status_code=416, headers={"content-range": f"bytes */{size}"})
    headers["content-length"] = str(end - first)
    headers["content-range"] = f"bytes {first}-{end - 1}/{size}"
    return StreamingResponse(_blocks(content, first, end), status_code=206, headers=headers)


def _span(asked: str, size: int) -> tuple[int, int] | None:
    """First byte and one past the last byte; None for the whole, also when the header is malformed (RFC 9110 14.2)."""
    found = _RANGE.fullmatch(asked)
    if found is None or found.group(0) == "bytes=-":
        return None
    first, last = found.groups()
    if not first:
        return max(0, size - int(last)), size
    if last and int(last) < int(first):
        return None
    return int(first), min(size, int(last) + 1) if last else size


def _headers(resource: Json) -> dict[str, str]:
    headers = {
        "content-type": resource.get("contentType", "application/octet-stream"),
        "etag": resource["etag"],
        "accept-ranges": "bytes",
        "x-goog-generation": resource["generation"],
        "x-goog-metageneration": resource["metageneration"],
        "x-goog-hash": f"crc32c={resource['crc32c']},md5={resource['md5Hash']}",
        "x-goog-storage-class": resource["storageClass"],
        "x-goog-stored-content-length": resource["size"],
        "x-goog-stored-content-encoding": resource.get("contentEncoding", "identity"),
    }
    for field, header in (
        ("cacheControl", "cache-control"),
        ("contentDisposition", "content-disposition"),
        ("contentLanguage", "content-language"),
    ):
        if field in resource:
            headers[header] = resource[field]
    return headers


def _all(content: BinaryIO) -> bytes:
    with content as stream:
        return stream.read()


async def _blocks(content: BinaryIO, first: int, end: int) -> AsyncIterator[bytes]:
    with content as stream:
        stream.seek(first)
        while first < end:
            block = stream.read(min(_BLOCK, end - first))
            first += len(block)
            yield block
