"""Cloud Storage JSON API: reading, changing and deleting objects.

Source: https://cloud.google.com/storage/docs/json_api/v1/objects
"""

from __future__ import annotations

from collections.abc import Mapping

from local_vertex.calls import Json
from local_vertex.storage.object_store import ObjectStore
from local_vertex.storage.preconditions import Preconditions, no_such_object, whole_number

_WRITABLE = (
    "cacheControl",
    "contentDisposition",
    "contentEncoding",
    "contentLanguage",
    "contentType",
    "contexts",
    "crc32c",
    "customTime",
    "eventBasedHold",
    "md5Hash",
    "metadata",
    "retention",
    "storageClass",
    "temporaryHold",
)

# Only an upload or a rewrite sets these.
_FIXED = ("crc32c", "md5Hash", "storageClass")

Query = Mapping[str, str]


def writable(body: Json) -> Json:
    """The fields of an object resource that a client may set."""
    return {key: body[key] for key in _WRITABLE if key in body}


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
    Preconditions.of(query).check(found)
    return found


def patch(store: ObjectStore, bucket: str, name: str, query: Query, body: Json, *, replace: bool) -> Json:
    """Change metadata; with `replace` (PUT), what the body does not have is removed.

    Raises:
        StorageError: 404; 412 or 304 for preconditions.
    """
    changes = {key: value for key, value in writable(body).items() if key not in _FIXED}
    changes |= {"acl": body["acl"]} if "acl" in body else {}
    dropped = [key for key in _WRITABLE if key not in _FIXED] if replace else []
    return store.update(bucket, name, changes, generation_of(query), Preconditions.of(query), drop_first=dropped)


def delete(store: ObjectStore, bucket: str, name: str, query: Query) -> None:
    """Delete the object or the generation named."""
    store.delete(bucket, name, generation_of(query), Preconditions.of(query))
