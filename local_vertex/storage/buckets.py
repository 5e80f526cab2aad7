"""Cloud Storage JSON API: buckets.

Source: https://cloud.google.com/storage/docs/json_api/v1/buckets
"""

from __future__ import annotations

import re

from local_vertex.calls import Json
from local_vertex.clock import timestamp
from local_vertex.resource_names import project_number
from local_vertex.state import State
from local_vertex.storage.object_resource import merged
from local_vertex.storage.object_store import ObjectStore
from local_vertex.storage.objects import Query
from local_vertex.storage.preconditions import Preconditions, StorageError, no_such_bucket

_KIND = "buckets"
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{1,220}[a-z0-9]")
_FIXED = ("kind", "id", "name", "projectNumber", "metageneration", "location", "locationType", "timeCreated")


class Buckets:
    """The buckets of every project.

    Args:
        state: Where they are remembered.
        store: Their objects.
    """

    def __init__(self, state: State, store: ObjectStore) -> None:
        self._state, self._store = state, store

    def create(self, query: Query, body: Json) -> Json:
        """A new bucket.

        Raises:
            StorageError: 400 for its name, 409 when the name is taken.
        """
        name = str(body.get("name", ""))
        if not _NAME.fullmatch(name):
            raise StorageError(400, "invalid", f"Invalid bucket name: '{name}'")
        with self._state.transaction():
            if self._state.get(_KIND, f"b/{name}"):
                raise StorageError(409, "conflict", "Your previous request to create the named bucket succeeded.")
            at = timestamp()
            bucket: Json = {
                "storageClass": "STANDARD",
                "iamConfiguration": {"uniformBucketLevelAccess": {"enabled": True}},
                **body,
                "kind": "storage#bucket",
                "id": name,
                "name": name,
                "projectNumber": project_number(query.get("project", "local-vertex")),
                "metageneration": "1",
                "location": str(body.get("location") or "US").upper(),
                "locationType": "region" if "-" in str(body.get("location", "")) else "multi-region",
                "timeCreated": at,
                "updated": at,
                "etag": "CAE=",
            }
            self._state.put(_KIND, f"b/{name}", bucket)
        return bucket

    def get(self, name: str, query: Query) -> Json:
        """The bucket.

        Raises:
            StorageError: 404; 412 or 304 for preconditions.
        """
        bucket = self._state.get(_KIND, f"b/{name}")
        if bucket is None:
            raise no_such_bucket(name)
        Preconditions.of(query).check(bucket, reading=True)
        return bucket

    def list(self, query: Query) -> Json:
        """The project's buckets in name order."""
        number, prefix = project_number(query.get("project", "local-vertex")), query.get("prefix", "")
        found = [
            bucket
            for bucket in self._state.list(_KIND, "b")
            if bucket["projectNumber"] == number and bucket["name"].startswith(prefix)
        ]
        return {"kind": "storage#buckets", "items": sorted(found, key=lambda bucket: str(bucket["name"]))}

    def patch(self, name: str, query: Query, body: Json) -> Json:
        """Change a bucket's settings, e.g. `versioning` or `labels`."""
        with self._state.transaction():
            bucket = self.get(name, query)
            changed = merged(bucket, {key: value for key, value in body.items() if key not in _FIXED})
            changed["metageneration"] = str(int(bucket["metageneration"]) + 1)
            changed["updated"] = timestamp()
            self._state.put(_KIND, f"b/{name}", changed)
        return changed

    def delete(self, name: str, query: Query) -> None:
        """Remove an empty bucket.

        Raises:
            StorageError: 404, 409 when it has objects, 412 for preconditions.
        """
        with self._state.transaction():
            Preconditions.of(query).check(self.get(name, {}))
            if next(self._store.list(name, versions=True), None):
                raise StorageError(409, "conflict", "The bucket you tried to delete is not empty.")
            self._state.delete(_KIND, f"b/{name}")
