"""Cloud Storage JSON API: copying objects inside the store, and joining them.

Source: https://cloud.google.com/storage/docs/json_api/v1/objects/rewrite
"""

from __future__ import annotations

import base64
import json
import shutil
from collections.abc import Mapping
from typing import BinaryIO

from local_vertex.calls import Json
from local_vertex.storage.object_store import ObjectStore
from local_vertex.storage.objects import generation_of, writable
from local_vertex.storage.preconditions import Preconditions, StorageError, whole_number

_MOST_SOURCES = 32
_MIB = 1 << 20

Query = Mapping[str, str]


def copy(store: ObjectStore, source: tuple[str, str], target: tuple[str, str], query: Query, body: Json) -> Json:
    """Copy an object; the new object has the source's metadata unless some is given.

    Args:
        store: Where the objects are.
        source: Bucket and name.
        target: Bucket and name.
        query: Preconditions of both, `sourceGeneration`.
        body: Metadata of the new object.

    Raises:
        StorageError: 404; 412 or 304 for the preconditions of either.
    """
    resource, content = store.open(*source, generation_of(query, "sourceGeneration"))
    with content:
        Preconditions.of(query, "ifSource").check(resource)
        incoming = store.files.new_file()
        with incoming.open("wb") as stream:
            shutil.copyfileobj(content, stream)
    key = {"kmsKeyName": query["destinationKmsKeyName"]} if "destinationKmsKeyName" in query else {}
    metadata = {**(_of_copy(body) or writable(resource)), **key}
    return store.insert(*target, incoming, metadata, Preconditions.of(query))


def rewrite(
    store: ObjectStore,
    source: tuple[str, str],
    target: tuple[str, str],
    query: Query,
    body: Json,
    *,
    moves: bool,
) -> Json:
    """Copy an object, in as many calls as `maxBytesRewrittenPerCall` asks for.

    The bytes are copied with the last call; the token holds how far the calls before would have come, so it is good
    after a restart too.

    Args:
        store: Where the objects are.
        source: Bucket and name.
        target: Bucket and name.
        query: Preconditions of both, `sourceGeneration`, `maxBytesRewrittenPerCall`, `rewriteToken`.
        body: Metadata of the new object.
        moves: The copy has another location or storage class; else one call is always enough.

    Raises:
        StorageError: 400 for the token or the number of bytes, 404; 412 or 304 for the preconditions of either.
    """
    generation, done = _progress(query.get("rewriteToken", ""), source, target)
    asked = generation_of(query, "sourceGeneration")
    resource = store.get(*source, generation if asked is None else asked)
    size = int(resource["size"]) if resource else 0
    step = _step(query) if moves else size
    if resource and step < size - done:
        Preconditions.of(query, "ifSource").check(resource)
        Preconditions.of(query).check(store.get(*target))
        token = _token(source, target, int(resource["generation"]), done + step)
        return {**_reply(done + step, size), "done": False, "rewriteToken": token}
    if generation is not None:
        query = {**query, "sourceGeneration": str(generation)}
    copied = copy(store, source, target, query, body)
    return {**_reply(int(copied["size"]), int(copied["size"])), "done": True, "resource": copied}


def _reply(done: int, size: int) -> Json:
    return {"kind": "storage#rewriteResponse", "totalBytesRewritten": str(done), "objectSize": str(size)}


def _step(query: Query) -> int:
    if "maxBytesRewrittenPerCall" not in query:
        return 1 << 62
    step = whole_number("maxBytesRewrittenPerCall", query["maxBytesRewrittenPerCall"])
    if step < _MIB or step % _MIB:
        raise StorageError(400, "invalid", "maxBytesRewrittenPerCall must be an integral multiple of 1 MiB.")
    return step


def _token(source: tuple[str, str], target: tuple[str, str], generation: int, done: int) -> str:
    return base64.urlsafe_b64encode(json.dumps([*source, *target, generation, done]).encode()).decode()


def _progress(token: str, source: tuple[str, str], target: tuple[str, str]) -> tuple[int | None, int]:
    """The source's generation and the bytes that the calls before have come to."""
    if not token:
        return None, 0
    try:
        *names, generation, done = json.loads(base64.urlsafe_b64decode(token))
        if names == [*source, *target]:
            return int(generation), int(done)
    except (ValueError, TypeError):
        pass
    raise StorageError(400, "invalid", "Invalid rewrite token.")


def compose(store: ObjectStore, bucket: str, name: str, query: Query, body: Json) -> Json:
    """Join up to 32 objects of a bucket into one.

    Raises:
        StorageError: 400 for the number of sources; 404 or 412 for a source; 412 for the target.
    """
    sources: list[Json] = body.get("sourceObjects") or []
    if not 1 <= len(sources) <= _MOST_SOURCES:
        raise StorageError(400, "invalid", f"The number of source components is not between 1 and {_MOST_SOURCES}.")
    joined, found = store.files.new_file(), []
    try:
        with joined.open("wb") as stream:
            for source in sources:
                found.append(_append(store, bucket, source, stream))
    except StorageError:
        joined.unlink()
        raise
    components = sum(int(source.get("componentCount", 1)) for source in found)
    key = {"kmsKeyName": query["kmsKeyName"]} if "kmsKeyName" in query else {}
    metadata = {**_of_copy(body.get("destination") or {}), **key, "componentCount": components}
    composed = store.insert(bucket, name, joined, metadata, Preconditions.of(query))
    if body.get("deleteSourceObjects"):
        for source in found:
            if source["name"] != name:
                store.delete(bucket, source["name"], int(source["generation"]))
    return composed


def _append(store: ObjectStore, bucket: str, source: Json, target: BinaryIO) -> Json:
    generation = int(source["generation"]) if source.get("generation") else None
    wanted = (source.get("objectPreconditions") or {}).get("ifGenerationMatch")
    resource, content = store.open(bucket, source.get("name", ""), generation)
    with content:
        Preconditions(generation_match=None if wanted is None else int(wanted)).check(resource)
        shutil.copyfileobj(content, target)
    return resource


def _of_copy(body: Json) -> Json:
    """Metadata for a copy; the checksums that a client still holds are those of what it replaces."""
    return {key: value for key, value in writable(body).items() if key not in ("crc32c", "md5Hash")}
