"""Cloud Storage JSON API: buckets.

Source: https://cloud.google.com/storage/docs/json_api/v1/buckets
"""

from __future__ import annotations

import re

from local_vertex.access_policy import forget_policy
from local_vertex.calls import Json
from local_vertex.clock import timestamp
from local_vertex.resource_names import project_number
from local_vertex.state import State
from local_vertex.storage.listing import flag, page_of, page_token
from local_vertex.storage.object_events import CONFIGS
from local_vertex.storage.object_resource import etag_of, merged
from local_vertex.storage.object_store import ObjectStore
from local_vertex.storage.objects import Query
from local_vertex.storage.preconditions import Preconditions, StorageError, absent, no_such_bucket
from local_vertex.storage.protection import check_lock, check_retention

_KIND = "buckets"
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{1,220}[a-z0-9]")
_FIXED = (
    "kind",
    "id",
    "name",
    "projectNumber",
    "metageneration",
    "etag",
    "location",
    "locationType",
    "timeCreated",
    "updated",
    "softDeletePolicy",
)
_NO_SOFT_DELETE = {"retentionDurationSeconds": "0"}


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
            StorageError: 400 for its name, 409 when the name is taken, 501 for soft delete.
        """
        name = str(body.get("name", ""))
        _refuse_soft_delete(body)
        check_retention(body)
        if not _NAME.fullmatch(name):
            raise StorageError(400, "invalid", f"Invalid bucket name: '{name}'")
        with self._state.transaction():
            if self._state.get(_KIND, f"b/{name}"):
                raise StorageError(409, "conflict", "Your previous request to create the named bucket succeeded.")
            at = timestamp()
            bucket: Json = {
                "storageClass": "STANDARD",
                "iamConfiguration": {"uniformBucketLevelAccess": {"enabled": True}},
                **merged({}, body),
                "softDeletePolicy": _NO_SOFT_DELETE,
                "kind": "storage#bucket",
                "id": name,
                "name": name,
                "projectNumber": self.project_of(query),
                "metageneration": "1",
                "location": str(body.get("location") or "US").upper(),
                "locationType": "region" if "-" in str(body.get("location", "")) else "multi-region",
                "timeCreated": at,
                "updated": at,
                "etag": etag_of(0, 1),
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
        Preconditions.of(query).check(bucket)
        return bucket

    def list(self, query: Query) -> Json:
        """One page of the project's buckets, in name order."""
        if flag(query, "softDeleted"):
            raise absent("soft delete")
        number, prefix = self.project_of(query), query.get("prefix", "")
        size, after = page_of(query)
        found = sorted(
            (
                bucket
                for bucket in self._state.list(_KIND, "b")
                if bucket["projectNumber"] == number and bucket["name"].startswith(prefix) and bucket["name"] > after
            ),
            key=lambda bucket: str(bucket["name"]),
        )
        page: Json = {"kind": "storage#buckets", "items": found[:size]}
        return {**page, "nextPageToken": page_token(found[size - 1]["name"])} if len(found) > size else page

    def patch(self, name: str, query: Query, body: Json, *, replace: bool) -> Json:
        """Change a bucket's settings, e.g. `versioning` or `labels`; with `replace` (PUT), the others are removed.

        Raises:
            StorageError: 404; 412 or 304 for preconditions; 501 for soft delete.
        """
        _refuse_soft_delete(body)
        check_retention(body)
        with self._state.transaction():
            bucket = self.get(name, query)
            kept = {key: bucket[key] for key in _FIXED if key in bucket} if replace else bucket
            changed = merged(kept, {key: value for key, value in body.items() if key not in _FIXED})
            check_lock(bucket, changed)
            return self._put(bucket, changed)

    def lock_retention_policy(self, name: str, query: Query) -> Json:
        """Lock the bucket's retention policy for good: it can be made longer from now on, not shorter.

        Raises:
            StorageError: 400 without a policy or without `ifMetagenerationMatch`, 404, 412.
        """
        if "ifMetagenerationMatch" not in query:
            raise StorageError(400, "required", "Required parameter: ifMetagenerationMatch")
        with self._state.transaction():
            bucket = self.get(name, query)
            if not bucket.get("retentionPolicy"):
                raise StorageError(400, "invalid", f"The bucket {name} has no retention policy to lock.")
            return self._put(bucket, merged(bucket, {"retentionPolicy": {"isLocked": True}}))

    def storage_layout(self, name: str) -> Json:
        """Where the bucket's objects are, and that its folders are parts of names.

        Raises:
            StorageError: 404.
        """
        bucket = self.get(name, {})
        place = {key: bucket[key] for key in ("location", "locationType")}
        return {"kind": "storage#storageLayout", "bucket": name, **place, "hierarchicalNamespace": {"enabled": False}}

    def project_of(self, query: Query) -> str:
        """Number of the project that a request is about."""
        return project_number(query.get("project", "local-vertex"))

    def _put(self, bucket: Json, changed: Json) -> Json:
        """Write a changed bucket and return it with its next metageneration."""
        metageneration = int(bucket["metageneration"]) + 1
        tagged: Json = {
            "metageneration": str(metageneration),
            "etag": etag_of(0, metageneration),
            "updated": timestamp(),
        }
        policy = changed.get("retentionPolicy")
        if policy and policy != bucket.get("retentionPolicy") and "effectiveTime" not in policy:
            tagged["retentionPolicy"] = {**policy, "effectiveTime": tagged["updated"]}
        written = {**changed, **tagged}
        self._state.put(_KIND, f"b/{bucket['name']}", written)
        return written

    def delete(self, name: str, query: Query) -> None:
        """Remove an empty bucket.

        Raises:
            StorageError: 404, 409 when it has objects, 412 or 304 for preconditions.
        """
        with self._state.transaction():
            Preconditions.of(query).check(self.get(name, {}))
            if next(self._store.list(name, versions=True), None):
                raise StorageError(409, "conflict", "The bucket you tried to delete is not empty.")
            self._state.delete(_KIND, f"b/{name}")
            forget_policy(self._state, f"b/{name}")
            for config in self._state.list(CONFIGS, f"b/{name}"):
                self._state.delete(CONFIGS, f"b/{name}/{config['id']}")


def _refuse_soft_delete(body: Json) -> None:
    policy = body.get("softDeletePolicy") or {}
    if policy.get("retentionDurationSeconds", "0") != "0":
        raise absent("soft delete; set softDeletePolicy.retentionDurationSeconds to 0")
