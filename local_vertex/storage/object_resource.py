"""The object resource of Cloud Storage.

Source: https://cloud.google.com/storage/docs/json_api/v1/objects#resource
"""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path

import google_crc32c

from local_vertex.calls import Json
from local_vertex.clock import timestamp
from local_vertex.storage.preconditions import StorageError

_BLOCK = 1 << 20


def merged(resource: Json, changes: Json) -> Json:
    """A resource after a JSON merge patch (RFC 7396), as Cloud Storage's PATCH applies it."""
    result = dict(resource)
    for key, value in changes.items():
        if value is None:
            result.pop(key, None)
        elif isinstance(value, dict):
            kept = result.get(key)
            result[key] = merged(kept if isinstance(kept, dict) else {}, value)
        else:
            result[key] = value
    return result


def etag_of(generation: int, metageneration: int) -> str:
    """A tag that changes whenever the content or the metadata does."""
    return base64.b64encode(f"{generation}/{metageneration}".encode()).decode()


def checksums_of(file: Path) -> tuple[str, str]:
    """Base64 of the CRC32C and of the MD5, as the resource has them."""
    md5, crc32c = hashlib.md5(usedforsecurity=False), google_crc32c.Checksum()
    with file.open("rb") as stream:
        while block := stream.read(_BLOCK):
            md5.update(block)
            crc32c.update(block)
    return base64.b64encode(crc32c.digest()).decode(), base64.b64encode(md5.digest()).decode()


def new_resource(
    bucket: str, name: str, generation: int, metadata: Json, size: int, checksums: tuple[str, str]
) -> Json:
    """The resource of a new generation.

    Args:
        bucket: Bucket name.
        name: Object name.
        generation: Its generation.
        metadata: Fields that the client set; checksums among them are compared with the content's.
        size: Bytes.
        checksums: CRC32C and MD5 of the content, base64.

    Raises:
        StorageError: 400, the content is not what the client meant to send.
    """
    for field, computed in zip(("crc32c", "md5Hash"), checksums, strict=True):
        given = metadata.get(field, computed)
        if given != computed:
            kind = field.removesuffix("Hash").upper()
            message = f'Provided {kind} "{given}" doesn\'t match calculated {kind} "{computed}".'
            raise StorageError(400, "invalid", message)
    created = timestamp()
    return {
        "contentType": "application/octet-stream",
        "storageClass": "STANDARD",
        **merged({}, metadata),
        "kind": "storage#object",
        "id": f"{bucket}/{name}/{generation}",
        "bucket": bucket,
        "name": name,
        "generation": str(generation),
        "metageneration": "1",
        "size": str(size),
        "crc32c": checksums[0],
        "md5Hash": checksums[1],
        "etag": etag_of(generation, 1),
        "timeCreated": created,
        "updated": created,
    }


def renamed_resource(resource: Json, name: str, generation: int) -> Json:
    """The resource of a generation that has the content and the metadata of another one, under another name."""
    created = timestamp()
    return {
        **resource,
        "id": f"{resource['bucket']}/{name}/{generation}",
        "name": name,
        "generation": str(generation),
        "metageneration": "1",
        "etag": etag_of(generation, 1),
        "timeCreated": created,
        "updated": created,
    }
