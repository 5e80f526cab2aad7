"""What keeps an object from being deleted or replaced: holds, and retention of the bucket or of the object.

Source: https://cloud.google.com/storage/docs/object-holds, https://cloud.google.com/storage/docs/bucket-lock and
https://cloud.google.com/storage/docs/object-lock; the sentences are not verified.
"""

from __future__ import annotations

from local_vertex.calls import Json
from local_vertex.clock import instant_us, now_us, timestamp
from local_vertex.storage.preconditions import StorageError

_LONGEST_S = 3_155_760_000
"""100 years."""
_HOLDS = {"temporaryHold": "Temporary", "eventBasedHold": "Event-Based"}


def check_unprotected(bucket: Json, resource: Json) -> None:
    """Nothing when the object may go.

    Args:
        bucket: Its bucket.
        resource: The object.

    Raises:
        StorageError: 403.
    """
    what = f"Object '{resource['bucket']}/{resource['name']}' is"
    for field, name in _HOLDS.items():
        if resource.get(field):
            message = (
                f"{what} under active {name} hold and cannot be deleted, overwritten or archived until it is removed."
            )
            raise StorageError(403, "objectUnderActiveHold", message)
    until_us = max(_bucket_retention_us(bucket, resource), _object_retention_us(resource))
    if until_us > now_us():
        message = (
            f"{what} subject to bucket's retention policy or object retention and cannot be deleted or overwritten"
            f" until {timestamp(until_us)}"
        )
        raise StorageError(403, "retentionPolicyNotMet", message)


def check_retention(changes: Json) -> None:
    """Nothing when a retention period is one that buckets may have, or there is none.

    Raises:
        StorageError: 400.
    """
    policy = changes.get("retentionPolicy") or {}
    if "retentionPeriod" in policy and not 0 < int(policy["retentionPeriod"] or 0) <= _LONGEST_S:
        raise StorageError(400, "invalid", f"The retention period must be from 1 to {_LONGEST_S} seconds.")


def check_lock(bucket: Json, changed: Json) -> None:
    """Nothing when a bucket's change leaves a locked retention policy at least as long as it was.

    Raises:
        StorageError: 403.
    """
    policy = bucket.get("retentionPolicy") or {}
    if not policy.get("isLocked"):
        return
    after = changed.get("retentionPolicy") or {}
    if int(after.get("retentionPeriod", 0)) < int(policy.get("retentionPeriod", 0)):
        message = f"Cannot reduce retention duration of a locked Retention Policy for bucket '{bucket['name']}'."
        raise StorageError(403, "forbidden", message)


def _bucket_retention_us(bucket: Json, resource: Json) -> int:
    policy = bucket.get("retentionPolicy") or {}
    period_s = int(policy.get("retentionPeriod", 0))
    return instant_us(resource["timeCreated"]) + period_s * 1_000_000 if period_s else 0


def _object_retention_us(resource: Json) -> int:
    until = (resource.get("retention") or {}).get("retainUntilTime")
    return instant_us(until) if until else 0
