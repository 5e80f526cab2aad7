"""Cloud Storage JSON API: entries of access control lists, of buckets, of their objects, and of objects to come.

Source: https://cloud.google.com/storage/docs/json_api/v1/bucketAccessControls and its two siblings
"""

from __future__ import annotations

from local_vertex.calls import Json
from local_vertex.storage.access_lists import (
    BUCKET,
    DEFAULT_OBJECT,
    FIELDS,
    OBJECT,
    entry,
    predefined,
    refuse_uniform,
    requested,
)
from local_vertex.storage.buckets import Buckets
from local_vertex.storage.object_store import ObjectStore
from local_vertex.storage.objects import Query, generation_of
from local_vertex.storage.preconditions import StorageError, no_such_object

_ACTS = {"list": "get", "patch": "update"}
_DEFAULT = "projectPrivate"
_HIDDEN = ("acl", "defaultObjectAcl")


class AccessControls:
    """The lists of every bucket and object.

    Args:
        buckets: The buckets.
        store: Their objects.
    """

    def __init__(self, buckets: Buckets, store: ObjectStore) -> None:
        self._buckets, self._store = buckets, store

    def answer(self, kind: str, verb: str, names: dict[str, str], query: Query, body: Json) -> Json | None:
        """The reply to a method of a kind of list.

        Args:
            kind: `bucketAccessControls` or one of its siblings.
            verb: `list`, `get`, `insert`, `patch`, `update` or `delete`.
            names: Path parameters.
            query: Query parameters.
            body: The entry.

        Raises:
            StorageError: 400 for an entry and for a bucket without lists; 404.
        """
        bucket = self._buckets.get(names["bucket"], {})
        refuse_uniform(bucket, kind, _ACTS.get(verb, verb))
        entries, place = self._entries(kind, bucket, names, query)
        if verb == "list":
            named = "storage#bucketAccessControls" if kind == BUCKET else "storage#objectAccessControls"
            return {"kind": named, "items": entries}
        entity = str(body.get("entity", "")) if verb == "insert" else names["entity"]
        found = next((one for one in entries if one["entity"] == entity), None)
        if found is None and verb != "insert":
            raise StorageError(404, "notFound", f"No such access control entry: {entity[:70]}")
        if verb == "get":
            return found
        others = [one for one in entries if one["entity"] != entity]
        if verb == "delete":
            self._write(kind, names, query, others)
            return None
        changed = entry(kind, {"role": found and found["role"], **body, "entity": entity}, place)
        self._write(kind, names, query, [*others, changed])
        return changed

    def settled(self, verb: str, name: str, query: Query, body: Json) -> Json:
        """The body of a bucket's insert, patch or update with its lists as they are kept.

        Raises:
            StorageError: 400 for an entry and for a bucket without lists; 404 for the bucket.
        """
        kinds = (BUCKET, DEFAULT_OBJECT)
        asked = [kind for kind in kinds if requested(kind, query, body, name, "0") is not None]
        if not asked:
            return body
        if verb == "insert":
            # A new bucket is uniform here unless its request has lists; the service's is not.
            bucket = {"iamConfiguration": {"uniformBucketLevelAccess": {"enabled": False}}, **body}
            project = self._buckets.project_of(query)
        else:
            bucket = self._buckets.get(name, {})
            bucket = {
                **bucket,
                **({"iamConfiguration": body["iamConfiguration"]} if body.get("iamConfiguration") else {}),
            }
            project = bucket["projectNumber"]
        for kind in asked:
            refuse_uniform(bucket, kind, "update")
        lists = {FIELDS[kind]: requested(kind, query, body, name, project) for kind in asked}
        return {**body, **lists, **({"iamConfiguration": bucket["iamConfiguration"]} if verb == "insert" else {})}

    def of_object(self, bucket_name: str, name: str, query: Query, body: Json) -> Json:
        """`acl` for an object that a request inserts or changes; empty when the request has none.

        Raises:
            StorageError: 400 for an entry and for a bucket without lists; 404 for the bucket.
        """
        bucket = self._buckets.get(bucket_name, {})
        found = requested(OBJECT, query, body, f"{bucket_name}/{name}", bucket["projectNumber"])
        if found is None:
            return {}
        refuse_uniform(bucket, OBJECT, "update")
        return {"acl": found}

    def _entries(self, kind: str, bucket: Json, names: dict[str, str], query: Query) -> tuple[list[Json], str]:
        """The entries, and what the identifiers of further ones begin with."""
        place, project = bucket["name"], bucket["projectNumber"]
        default = bucket.get("defaultObjectAcl") or predefined(DEFAULT_OBJECT, _DEFAULT, place, project)
        if kind == DEFAULT_OBJECT:
            return default, place
        if kind == BUCKET:
            return bucket.get("acl") or predefined(BUCKET, _DEFAULT, place, project), place
        found = self._store.get(bucket["name"], names["object"], generation_of(query))
        if found is None:
            raise no_such_object(bucket["name"], names["object"])
        place = found["id"]
        return found.get("acl") or [entry(OBJECT, one, place) for one in default], place

    def _write(self, kind: str, names: dict[str, str], query: Query, entries: list[Json]) -> None:
        changes = {FIELDS[kind]: entries}
        if kind == OBJECT:
            self._store.update(names["bucket"], names["object"], changes, generation_of(query))
        else:
            self._buckets.patch(names["bucket"], {}, changes, replace=False)


def projected(resource: Json, query: Query, body: Json) -> Json:
    """A bucket or object as it is shown: with its lists if the request has some or asks for them by `projection`."""
    asked = query.get("projection") == "full" or ("projection" not in query and any(key in body for key in _HIDDEN))
    return resource if asked else {key: value for key, value in resource.items() if key not in _HIDDEN}


def shown_by_projection(reply: Json, query: Query, body: Json) -> Json:
    """A reply about a bucket or object, or with a list of them, as it is shown."""
    shown = projected(reply, query, body)
    if "items" in shown:
        shown["items"] = [projected(item, query, body) for item in shown["items"]]
    if "resource" in shown:
        shown["resource"] = projected(shown["resource"], query, body)
    return shown
