"""Cloud Storage JSON API: access policies of buckets and objects. They are kept and never enforced.

Source: https://cloud.google.com/storage/docs/json_api/v1/buckets/setIamPolicy and its sibling of objects, which only
objects of buckets without uniform access have. A policy begins empty here; the service begins with roles for the
owners, editors and viewers of the project.
"""

from __future__ import annotations

from collections.abc import Sequence

from local_vertex.access_policy import OUTDATED, problem, read_policy, write_policy, wrong_permission
from local_vertex.calls import Json
from local_vertex.state import State
from local_vertex.storage.access_lists import UNIFORM, is_uniform
from local_vertex.storage.preconditions import StorageError

_KEPT = ("version", "etag", "bindings")


class Policies:
    """Policies of every bucket and object.

    Args:
        state: Where they are remembered.
    """

    def __init__(self, state: State) -> None:
        self._state = state

    def answer(self, verb: str, bucket: Json, blob: Json | None, permissions: Sequence[str], body: Json) -> Json:
        """The reply to `getIamPolicy`, `setIamPolicy` or `testIamPermissions`; whoever asks has every permission.

        Args:
            verb: Which of them.
            bucket: The bucket.
            blob: The object, if it is about one.
            permissions: What is asked for.
            body: The policy that is set.

        Raises:
            StorageError: 400 for a malformed policy, for what is no permission, and for an object where the bucket's
                policy decides alone; 412 for a policy that was read before another one was set.
        """
        resource, shown = f"b/{bucket['name']}", f"projects/_/buckets/{bucket['name']}"
        if blob is not None:
            if is_uniform(bucket):
                message = f"Object policies are disabled when uniform bucket-level access is enabled. {UNIFORM}"
                raise StorageError(400, "invalid", message)
            # With the generation, so that what replaces the object begins without a policy.
            resource, shown = f"{resource}/o/{blob['generation']}", f"{shown}/objects/{blob['name']}"
        if verb == "testIamPermissions":
            if wrong := wrong_permission(permissions):
                raise StorageError(400, "invalid", f"Invalid permission: {wrong[:70]!r}")
            return {"kind": "storage#testIamPermissionsResponse", "permissions": list(permissions)}
        policy = read_policy(self._state, resource) if verb == "getIamPolicy" else self._written(resource, body)
        return {"kind": "storage#policy", "resourceId": shown, **policy}

    def _written(self, resource: str, body: Json) -> Json:
        policy = {field: body[field] for field in _KEPT if field in body}
        with self._state.transaction():
            wrong = problem(self._state, resource, policy)
            if wrong == OUTDATED:
                raise StorageError(412, "conditionNotMet", "Precondition Failed")
            if wrong:
                raise StorageError(400, "invalid", wrong)
            return write_policy(self._state, resource, policy)
