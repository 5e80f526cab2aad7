"""Buckets through google-cloud-storage: the calls of `Client` and `Bucket`."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

import pytest
from google.api_core import exceptions
from google.cloud import storage

if TYPE_CHECKING:
    from tests.local_vertex.conformance.target import Target


@pytest.fixture
def bucket(target: Target) -> storage.Bucket:
    """A bucket of the test's own."""
    client = target.storage()
    bucket = client.create_bucket(f"{target.run}-{uuid.uuid4().hex[:6]}", location=target.location)
    target.later(lambda: bucket.delete(force=True))
    return bucket


def test_buckets_are_made_found_and_deleted(target: Target, bucket: storage.Bucket) -> None:
    client = target.storage()
    assert client.get_bucket(bucket.name).location == target.location.upper()
    assert bucket.name in [found.name for found in client.list_buckets(prefix=target.run)]
    with pytest.raises(exceptions.Conflict):
        client.create_bucket(bucket.name)
    named = client.bucket(f"{bucket.name}-2")
    assert not named.exists()
    named.create(location=target.location)
    assert storage.Bucket.from_uri(f"gs://{named.name}", client=client).exists()
    with pytest.deprecated_call():
        assert storage.Bucket.from_string(f"gs://{named.name}", client=client).exists()
    named.delete()
    assert client.lookup_bucket(named.name) is None


def test_settings_are_read_and_changed(target: Target, bucket: storage.Bucket) -> None:
    bucket.labels = dict(target.labels)
    bucket.versioning_enabled = True
    bucket.patch()
    found = target.storage().bucket(bucket.name)
    found.reload()
    assert (found.labels, found.versioning_enabled) == (target.labels, True)
    found.versioning_enabled = False
    found.update()
    bucket.reload()
    assert not bucket.versioning_enabled


def test_settings_that_the_client_edits_are_kept(bucket: storage.Bucket) -> None:
    bucket.add_lifecycle_delete_rule(age=7)
    bucket.add_lifecycle_set_storage_class_rule("NEARLINE", age=3)
    bucket.add_lifecycle_abort_incomplete_multipart_upload_rule(age=1)
    bucket.patch()
    bucket.reload()
    kinds = [rule["action"]["type"] for rule in bucket.lifecycle_rules]
    assert sorted(kinds) == ["AbortIncompleteMultipartUpload", "Delete", "SetStorageClass"]
    bucket.clear_lifecycle_rules()
    bucket.clear_lifecyle_rules()
    bucket.enable_logging(bucket.name, object_prefix="log")
    bucket.configure_website("index.html")
    bucket.patch()
    bucket.reload()
    assert list(bucket.lifecycle_rules) == []
    assert bucket.get_logging() == {"logBucket": bucket.name, "logObjectPrefix": "log"}
    bucket.disable_logging()
    bucket.disable_website()
    bucket.patch()
    bucket.reload()
    assert bucket.get_logging() is None


def test_objects_of_a_bucket(target: Target, bucket: storage.Bucket) -> None:
    for name in ("a/1", "a/2", "b"):
        bucket.blob(name).upload_from_string(name)
    assert [blob.name for blob in bucket.list_blobs(prefix="a/")] == ["a/1", "a/2"]
    listed = target.storage().list_blobs(bucket.name, delimiter="/", page_size=1)
    assert ([blob.name for blob in listed], listed.prefixes) == (["b"], {"a/"})
    assert bucket.get_blob("c") is None
    copied = bucket.copy_blob(bucket.get_blob("b"), bucket, "c")
    assert copied.download_as_bytes() == b"b"
    assert bucket.rename_blob(copied, "d").download_as_bytes() == b"b"
    bucket.delete_blob("d")
    bucket.delete_blobs(["a/1", "a/2"])
    assert [blob.name for blob in bucket.list_blobs()] == ["b"]
    with pytest.raises(exceptions.NotFound):
        bucket.delete_blob("d")


def test_calls_in_one_batch(bucket: storage.Bucket) -> None:
    blobs = [bucket.blob(name) for name in "ab"]
    for blob in blobs:
        blob.upload_from_string("x")
    with bucket.client.batch():
        for blob in blobs:
            blob.metadata = {"in": "batch"}
            blob.patch()
    assert {blob.metadata["in"] for blob in bucket.list_blobs()} == {"batch"}


def test_a_batch_reports_what_failed(bucket: storage.Bucket) -> None:
    with pytest.raises(exceptions.NotFound), bucket.client.batch():
        bucket.blob("missing").delete()


@pytest.mark.stand_in_only("a topic is needed to which the service agent of Cloud Storage may publish")
def test_notification_configurations(target: Target, bucket: storage.Bucket) -> None:
    made = bucket.notification(topic_name="changes", topic_project=target.project, event_types=["OBJECT_FINALIZE"])
    made.create()
    found = bucket.get_notification(made.notification_id)
    assert found.event_types == ["OBJECT_FINALIZE"]
    listed = [(one.notification_id, one.topic_name) for one in bucket.list_notifications()]
    assert listed == [(made.notification_id, "changes")]
    made.delete()
    assert list(bucket.list_notifications()) == []
