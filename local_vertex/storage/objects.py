"""Cloud Storage JSON API: reading, changing, listing, copying and deleting objects.

Source: https://cloud.google.com/storage/docs/json_api/v1/objects
"""

from __future__ import annotations

import base64
import shutil
from collections.abc import Iterator, Mapping
from typing import BinaryIO

from local_vertex.calls import Json
from local_vertex.storage.object_store import ObjectStore
from local_vertex.storage.preconditions import Preconditions, StorageError, no_such_object, whole_number

_WRITABLE = (
    "acl",
    "cacheControl",
    "contentDisposition",
    "contentEncoding",
    "contentLanguage",
    "contentType",
    "crc32c",
    "customTime",
    "eventBasedHold",
    "md5Hash",
    "metadata",
    "storageClass",
    "temporaryHold",
)
_PAGE = 1000
_MOST_SOURCES = 32

Query = Mapping[str, str]


def writable(body: Json) -> Json:
    """The fields of an object resource that a client may set.

    Raises:
        StorageError: 400, custom metadata that is not text.
    """
    kept = {key: body[key] for key in _WRITABLE if key in body and key != "acl"}
    metadata = kept.get("metadata")
    if metadata is not None and not (
        isinstance(metadata, dict) and all(value is None or isinstance(value, str) for value in metadata.values())
    ):
        raise StorageError(400, "invalid", "Custom metadata is a map of text to text.")
    return kept


def generation_of(query: Query, parameter: str = "generation") -> int | None:
    """The generation that a request names, None for the live one."""
    return whole_number(parameter, query[parameter]) if parameter in query else None


def get(store: ObjectStore, bucket: str, name: str, query: Query) -> Json:
    """The object's resource.

    Raises:
        StorageError: 404; 412 or 304 for preconditions.
    """
    found = store.get(bucket, name, generation_of(query))
    if found is None:
        raise no_such_object(bucket, name)
    Preconditions.of(query).check(found, reading=True)
    return found


def patch(store: ObjectStore, bucket: str, name: str, query: Query, body: Json, *, replace: bool) -> Json:
    """Change metadata; with `replace` (PUT), fields that are not named are removed."""
    changes = writable(body)
    if replace:
        absent = {key: None for key in _WRITABLE if key not in ("acl", "crc32c", "md5Hash", "storageClass")}
        changes = {**absent, **changes}
    for fixed in ("crc32c", "md5Hash"):
        changes.pop(fixed, None)
    return store.update(bucket, name, changes, generation_of(query), Preconditions.of(query))


def delete(store: ObjectStore, bucket: str, name: str, query: Query) -> None:
    """Delete the object or the generation named."""
    store.delete(bucket, name, generation_of(query), Preconditions.of(query))


def list_page(store: ObjectStore, bucket: str, query: Query) -> Json:
    """One page of a listing: `items`, `prefixes`, and `nextPageToken` unless it is the last."""
    size = whole_number("maxResults", query["maxResults"]) if query.get("maxResults") else _PAGE
    after = _decode(query["pageToken"]) if query.get("pageToken") else ""
    items: list[Json] = []
    prefixes: list[str] = []
    last = ""
    page: Json = {"kind": "storage#objects"}
    for key, resource in _entries(store, bucket, query, after):
        if key != last and len(items) + len(prefixes) >= min(size or _PAGE, _PAGE):
            page["nextPageToken"] = base64.urlsafe_b64encode(last.encode()).decode()
            break
        if resource is not None:
            items.append(resource)
        elif key != last:
            prefixes.append(key)
        last = key
    return {**page, **({"items": items} if items else {}), **({"prefixes": prefixes} if prefixes else {})}


def _entries(store: ObjectStore, bucket: str, query: Query, after: str) -> Iterator[tuple[str, Json | None]]:
    """Listing entries in order: an object's name with its resource, or a common prefix with None."""
    prefix, delimiter, end = query.get("prefix", ""), query.get("delimiter", ""), query.get("endOffset")
    start, versions = max(query.get("startOffset", ""), after), _flag(query, "versions")
    trailing = _flag(query, "includeTrailingDelimiter")
    for resource in store.list(bucket, prefix, start=start, versions=versions):
        name = resource["name"]
        if end and name >= end:
            return
        cut = name.find(delimiter, len(prefix)) if delimiter else -1
        key = name[: cut + len(delimiter)] if cut >= 0 else name
        if after and key <= after:
            continue
        if cut >= 0:
            yield key, None
        if cut < 0 or (trailing and key == name):
            yield key, resource


def _flag(query: Query, parameter: str) -> bool:
    # The official client writes Python's `True`.
    return query.get(parameter, "").lower() == "true"


def _decode(token: str) -> str:
    try:
        return base64.urlsafe_b64decode(token).decode()
    except ValueError:
        raise StorageError(400, "invalid", "Invalid page token.") from None


def rewrite(store: ObjectStore, source: tuple[str, str], target: tuple[str, str], query: Query, body: Json) -> Json:
    """Copy an object inside the store; the new object has the source's metadata unless some is given.

    Args:
        store: The objects.
        source: Bucket and name.
        target: Bucket and name.
        query: Preconditions of both, `sourceGeneration`.
        body: Metadata of the new object.
    """
    resource, content = store.open(*source, generation_of(query, "sourceGeneration"))
    with content:
        Preconditions.of(query, "ifSource").check(resource)
        copy = store.new_file()
        with copy.open("wb") as stream:
            shutil.copyfileobj(content, stream)
    return store.insert(*target, copy, writable(body) or writable(resource), Preconditions.of(query))


def rewrite_reply(resource: Json) -> Json:
    """What `rewriteTo` answers when everything was copied at once."""
    size = resource["size"]
    return {
        "kind": "storage#rewriteResponse",
        "totalBytesRewritten": size,
        "objectSize": size,
        "done": True,
        "resource": resource,
    }


def compose(store: ObjectStore, bucket: str, name: str, query: Query, body: Json) -> Json:
    """Concatenate up to 32 objects of a bucket into one.

    Raises:
        StorageError: 400 for the number of sources, 404 or 412 for a source.
    """
    sources: list[Json] = body.get("sourceObjects") or []
    if not 1 <= len(sources) <= _MOST_SOURCES:
        raise StorageError(400, "invalid", f"The number of source components is not between 1 and {_MOST_SOURCES}.")
    joined = store.new_file()
    try:
        with joined.open("wb") as stream:
            for source in sources:
                _append(store, bucket, source, stream)
    except StorageError:
        joined.unlink()
        raise
    metadata = {**writable(body.get("destination") or {}), "componentCount": len(sources)}
    return store.insert(bucket, name, joined, metadata, Preconditions.of(query))


def _append(store: ObjectStore, bucket: str, source: Json, target: BinaryIO) -> None:
    generation = int(source["generation"]) if source.get("generation") else None
    wanted = (source.get("objectPreconditions") or {}).get("ifGenerationMatch")
    resource, content = store.open(bucket, source.get("name", ""), generation)
    with content:
        Preconditions(generation_match=None if wanted is None else int(wanted)).check(resource)
        shutil.copyfileobj(content, target)
