"""Multipart bodies (RFC 2046): one object with its metadata, or a batch of requests."""

from __future__ import annotations

import re
from collections.abc import Iterator

from local_vertex.storage.preconditions import StorageError

_BOUNDARY = re.compile(rb'boundary="?([^";]+)"?')


def related_parts(content_type: str, body: bytes) -> tuple[bytes, bytes, str]:
    """The metadata, the bytes and the bytes' content type of a `multipart/related` body (RFC 2387) of an upload.

    Raises:
        StorageError: 400, it is malformed.
    """
    mark = _mark(content_type)
    _, first, rest = [*body.split(mark, 2), b"", b""][:3]
    # The media may hold the mark, so its end is looked for from the body's end.
    content, closed, _ = rest.rpartition(b"\r\n" + mark + b"--")
    if not closed:
        raise StorageError(400, "badRequest", "Malformed multipart body.")
    _, _, metadata = first.partition(b"\r\n\r\n")
    headers, _, media = content.partition(b"\r\n\r\n")
    part_type = re.search(rb"content-type: *([^\r\n]+)", headers, re.IGNORECASE)
    return metadata, media, part_type.group(1).decode("latin-1") if part_type else "application/octet-stream"


def mixed_parts(content_type: str, body: bytes) -> Iterator[tuple[str, bytes]]:
    """Content-ID (empty when it has none) and content of every part of a `multipart/mixed` body of a batch.

    Raises:
        StorageError: 400, it is malformed.
    """
    # The official client writes bare line feeds.
    pieces = re.split(rb"(?:^|\r?\n)" + re.escape(_mark(content_type)), body)
    if len(pieces) < 3 or not pieces[-1].startswith(b"--"):
        raise StorageError(400, "badRequest", "Malformed multipart body.")
    for piece in pieces[1:-1]:
        headers, _, content = piece.replace(b"\r\n", b"\n").partition(b"\n\n")
        identity = re.search(rb"content-id: *<?([^>\n]*)", headers, re.IGNORECASE)
        yield identity.group(1).decode("latin-1") if identity else "", content


def _mark(content_type: str) -> bytes:
    found = _BOUNDARY.search(content_type.encode("latin-1"))
    if found is None:
        raise StorageError(400, "badRequest", "The multipart request has no boundary.")
    return b"--" + found.group(1)
