"""Access control lists: what their entries are, and those that have names. They are kept and never enforced.

Source: https://cloud.google.com/storage/docs/access-control/lists; the sentences of refusals are not verified.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from local_vertex.calls import Json
from local_vertex.storage.object_resource import etag_of
from local_vertex.storage.preconditions import StorageError

BUCKET, DEFAULT_OBJECT, OBJECT = "bucketAccessControls", "defaultObjectAccessControls", "objectAccessControls"
FIELDS = {BUCKET: "acl", DEFAULT_OBJECT: "defaultObjectAcl", OBJECT: "acl"}
"""By kind of list: the field of the bucket or object that it is."""
_PARAMETERS = {BUCKET: "predefinedAcl", DEFAULT_OBJECT: "predefinedDefaultObjectAcl", OBJECT: "predefinedAcl"}
_ROLES = {BUCKET: ("READER", "WRITER", "OWNER"), DEFAULT_OBJECT: ("READER", "OWNER"), OBJECT: ("READER", "OWNER")}
_ENTITY = re.compile(r"allUsers|allAuthenticatedUsers|(?:user|group|domain)-\S+|project-(?:owners|editors|viewers)-\S+")
_OWNERS = (("project-owners", "OWNER"),)
_PROJECT = (*_OWNERS, ("project-editors", "OWNER"), ("project-viewers", "READER"))
_PREDEFINED: dict[str, tuple[tuple[str, str], ...]] = {
    "private": _OWNERS,
    "projectPrivate": _PROJECT,
    "publicRead": (*_PROJECT, ("allUsers", "READER")),
    "publicReadWrite": (*_PROJECT, ("allUsers", "WRITER")),
    "authenticatedRead": (*_PROJECT, ("allAuthenticatedUsers", "READER")),
    "bucketOwnerRead": _OWNERS,
    "bucketOwnerFullControl": _OWNERS,
}
UNIFORM = "Read more at https://cloud.google.com/storage/docs/uniform-bucket-level-access"


def is_uniform(bucket: Json) -> bool:
    """Whether the bucket's policy decides alone, so that there are no lists."""
    return bool(bucket.get("iamConfiguration", {}).get("uniformBucketLevelAccess", {}).get("enabled"))


def refuse_uniform(bucket: Json, kind: str, act: str) -> None:
    """Nothing when the bucket has lists.

    Raises:
        StorageError: 400.
    """
    if is_uniform(bucket):
        what = "a bucket" if kind == BUCKET else "an object"
        message = f"Cannot {act} legacy ACL for {what} when uniform bucket-level access is enabled. {UNIFORM}"
        raise StorageError(400, "invalid", message)


def entry(kind: str, body: Json, place: str) -> Json:
    """An entry as it is shown.

    Args:
        kind: Of the list.
        body: `entity` and `role`.
        place: Bucket, or bucket, object and generation, as identifiers begin.

    Raises:
        StorageError: 400 for either.
    """
    entity, role = body.get("entity"), body.get("role")
    if not isinstance(entity, str) or not _ENTITY.fullmatch(entity):
        raise StorageError(400, "invalid", f"Unknown entity: {str(entity)[:70]!r}")
    if role not in _ROLES[kind]:
        raise StorageError(400, "invalid", f"Invalid role: {str(role)[:70]!r}")
    named = "storage#bucketAccessControl" if kind == BUCKET else "storage#objectAccessControl"
    prefix, _, rest = entity.partition("-")
    who: dict[str, Any] = {}
    if prefix in ("user", "group"):
        who = {"email": rest}
    elif prefix == "domain":
        who = {"domain": rest}
    elif prefix == "project":
        team, _, number = rest.partition("-")
        who = {"projectTeam": {"team": team, "projectNumber": number}}
    bucket = {"bucket": place.partition("/")[0]}
    return {
        "kind": named,
        "id": f"{place}/{entity}",
        **bucket,
        "entity": entity,
        "role": role,
        "etag": etag_of(0, 1),
        **who,
    }


def predefined(kind: str, name: str, place: str, project: str) -> list[Json]:
    """The entries of a list that has a name, e.g. `publicRead`."""
    return [
        entry(kind, {"entity": f"{entity}-{project}" if entity.startswith("project-") else entity, "role": role}, place)
        for entity, role in _PREDEFINED[name]
        if role in _ROLES[kind]
    ]


def requested(kind: str, query: Mapping[str, str], body: Json, place: str, project: str) -> list[Json] | None:
    """The list that a request sets, by name or entry by entry; None when it sets none.

    Raises:
        StorageError: 400 for an entry.
    """
    name = query.get(_PARAMETERS[kind])
    if name:
        return predefined(kind, name, place, project)
    given = body.get(FIELDS[kind])
    return None if given is None else [entry(kind, one, place) for one in given]
