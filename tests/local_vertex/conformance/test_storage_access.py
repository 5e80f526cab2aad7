"""Who may do what, and what must stay, through google-cloud-storage: only holds and retention bind."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

import pytest
from google.api_core import exceptions
from google.api_core.iam import Policy
from google.cloud import storage

if TYPE_CHECKING:
    from tests.local_vertex.conformance.target import Target

VIEWER = {"role": "roles/storage.objectViewer", "members": {"allAuthenticatedUsers"}}


@pytest.fixture
def bucket(target: Target) -> storage.Bucket:
    """A bucket of the test's own whose objects have access control lists."""
    client = target.storage()
    made = client.bucket(f"{target.run}-{uuid.uuid4().hex[:6]}")
    made.iam_configuration.uniform_bucket_level_access_enabled = False
    made.create(location=target.location)
    target.later(lambda: made.delete(force=True))
    return made


@pytest.fixture
def blob(bucket: storage.Bucket) -> storage.Blob:
    made = bucket.blob("x")
    made.upload_from_string("content")
    return made


def with_viewer(policy: Policy) -> Policy:
    policy.bindings = [*policy.bindings, VIEWER]
    return policy


def test_policies_of_buckets(bucket: storage.Bucket) -> None:
    read = bucket.get_iam_policy(requested_policy_version=3)
    bucket.set_iam_policy(with_viewer(read))
    assert VIEWER in bucket.get_iam_policy().bindings
    assert bucket.test_iam_permissions(["storage.objects.get"]) == ["storage.objects.get"]
    with pytest.raises(exceptions.PreconditionFailed):
        bucket.set_iam_policy(read)


@pytest.mark.stand_in_only("takes roles that the service has for buckets only")
def test_policies_of_objects(blob: storage.Blob) -> None:
    blob.set_iam_policy(with_viewer(blob.get_iam_policy()))
    assert VIEWER in blob.get_iam_policy().bindings
    assert blob.test_iam_permissions(["storage.objects.get"]) == ["storage.objects.get"]


def test_access_control_lists(bucket: storage.Bucket, blob: storage.Blob) -> None:
    blob.make_public()
    assert {"entity": "allUsers", "role": "READER"} in list(blob.acl)
    again = bucket.blob("x")
    again.acl.reload()
    assert {"entity": "allUsers", "role": "READER"} in list(again.acl)
    again.make_private()
    assert "allUsers" not in [entry["entity"] for entry in again.acl]
    bucket.make_public(recursive=True, future=True)
    assert {"entity": "allUsers", "role": "READER"} in list(bucket.acl)
    assert {"entity": "allUsers", "role": "READER"} in list(bucket.default_object_acl)
    bucket.blob("y").upload_from_string("content")
    public = bucket.blob("y")
    public.acl.reload()
    assert {"entity": "allUsers", "role": "READER"} in list(public.acl)
    bucket.make_private()
    bucket.acl.reload()
    assert "allUsers" not in [entry["entity"] for entry in bucket.acl]
    bucket.acl.save_predefined("authenticatedRead")
    assert "allAuthenticatedUsers" in [entry["entity"] for entry in bucket.acl]


def test_a_bucket_with_uniform_access_has_no_lists(target: Target, bucket: storage.Bucket, blob: storage.Blob) -> None:
    bucket.iam_configuration.uniform_bucket_level_access_enabled = True
    bucket.patch()
    for act in (blob.make_public, bucket.acl.reload, blob.get_iam_policy):
        with pytest.raises(exceptions.BadRequest, match="uniform bucket-level access is enabled"):
            act()


def test_what_is_held_stays(bucket: storage.Bucket, blob: storage.Blob) -> None:
    blob.temporary_hold = True
    blob.patch()
    for act in (blob.delete, lambda: blob.upload_from_string("other")):
        with pytest.raises(exceptions.Forbidden, match="under active Temporary hold"):
            act()
    blob.temporary_hold = False
    blob.patch()
    bucket.default_event_based_hold = True
    bucket.patch()
    held = bucket.blob("held")
    held.upload_from_string("content")
    assert held.event_based_hold
    with pytest.raises(exceptions.Forbidden, match="under active Event-Based hold"):
        held.delete()
    held.event_based_hold = False
    held.patch()
    held.delete()
    bucket.retention_period = 3600
    bucket.patch()
    with pytest.raises(exceptions.Forbidden, match="retention policy"):
        blob.delete()
    bucket.retention_period = None
    bucket.patch()
    blob.delete()


@pytest.mark.stand_in_only("a locked bucket could not be deleted for a while")
def test_a_retention_policy_is_locked(bucket: storage.Bucket) -> None:
    bucket.retention_period = 1
    bucket.patch()
    bucket.lock_retention_policy()
    assert bucket.retention_policy_locked
    assert bucket.retention_policy_effective_time
    bucket.retention_period = 2
    bucket.patch()
    bucket.retention_period = 1
    with pytest.raises(exceptions.Forbidden, match="Cannot reduce retention duration of a locked"):
        bucket.patch()
    bucket.retention_period = None
    with pytest.raises(exceptions.Forbidden):
        bucket.patch()


def test_an_object_is_moved(bucket: storage.Bucket, blob: storage.Blob) -> None:
    bucket.blob("taken").upload_from_string("other")
    with pytest.raises(exceptions.PreconditionFailed):
        bucket.move_blob(blob, "taken", if_generation_match=0)
    moved = bucket.move_blob(blob, "taken")
    assert (moved.name, moved.download_as_bytes()) == ("taken", b"content")
    assert [found.name for found in bucket.list_blobs()] == ["taken"]
    with pytest.raises(exceptions.NotFound):
        bucket.move_blob(bucket.blob("missing"), "there")


def test_nothing_is_restored_where_soft_delete_is_off(target: Target, bucket: storage.Bucket) -> None:
    bucket.soft_delete_policy.retention_duration_seconds = 0
    bucket.patch()
    gone = bucket.blob("gone")
    gone.upload_from_string("content")
    gone.delete()
    with pytest.raises(exceptions.NotFound):
        bucket.restore_blob("gone", generation=gone.generation)
    with pytest.raises(exceptions.NotFound):
        target.storage().restore_bucket(f"{bucket.name}-gone", generation=1)


def test_keys_of_service_accounts(target: Target) -> None:
    client = target.storage()
    assert client.get_service_account_email().endswith("@gs-project-accounts.iam.gserviceaccount.com")
    email = f"conformance@{target.project}.iam.gserviceaccount.com"
    if target.is_real:
        pytest.skip("needs a service account of the project")
    key, secret = client.create_hmac_key(email)
    assert secret
    assert [found.access_id for found in client.list_hmac_keys(service_account_email=email)] == [key.access_id]
    found = client.get_hmac_key_metadata(key.access_id)
    with pytest.raises(exceptions.BadRequest):
        found.delete()
    found.state = "INACTIVE"
    found.update()
    found.delete()
    assert list(client.list_hmac_keys()) == []
    assert [gone.state for gone in client.list_hmac_keys(show_deleted_keys=True)] == ["DELETED"]
