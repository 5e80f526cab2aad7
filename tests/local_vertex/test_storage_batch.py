"""Many requests in one, through Cloud Storage's official client."""

from __future__ import annotations

import uuid

import httpx
import pytest
from google.api_core import exceptions
from google.cloud import storage

from local_vertex.server import RunningServer


@pytest.fixture
def bucket(vertex_env: RunningServer) -> storage.Bucket:
    return storage.Client(project="batches").create_bucket(f"bucket-{uuid.uuid4().hex[:12]}")


def test_a_batch_changes_and_deletes(bucket: storage.Bucket) -> None:
    blobs = [bucket.blob(name) for name in ("ä b", "b", "c")]
    for blob in blobs:
        blob.upload_from_string(blob.name)
    with bucket.client.batch():
        blobs[0].metadata = {"k": "ü"}
        blobs[0].patch()
        blobs[1].delete()
    assert bucket.get_blob("ä b").metadata == {"k": "ü"}
    assert blobs[0].metageneration == 2
    assert [blob.name for blob in bucket.list_blobs()] == ["c", "ä b"]


def test_each_request_of_a_batch_fails_by_itself(bucket: storage.Bucket) -> None:
    kept = bucket.blob("kept")
    kept.upload_from_string("a")
    with bucket.client.batch(raise_exception=False) as batch:
        bucket.delete_blob("missing")
        kept.delete(if_generation_match=kept.generation + 1)
        bucket.blob("kept").patch()
    assert [reply.status_code for reply in batch._responses] == [404, 412, 200]
    with pytest.raises(exceptions.NotFound), bucket.client.batch():
        bucket.delete_blob("missing")


def test_a_bucket_with_many_objects_is_emptied_in_one_batch(bucket: storage.Bucket) -> None:
    for number in range(120):
        bucket.blob(f"{number:03}").upload_from_string("")
    blobs = list(bucket.list_blobs())
    with bucket.client.batch():
        bucket.delete_blobs(blobs)
    assert list(bucket.list_blobs()) == []


def part(line: str) -> str:
    return f"--b\r\nContent-Type: application/http\r\nContent-ID: <7>\r\n\r\n{line} HTTP/1.1\r\n\r\n\r\n"


def test_replies_name_the_request_that_they_answer(vertex_env: RunningServer, bucket: storage.Bucket) -> None:
    reply = httpx.post(
        f"{vertex_env.base_url}/batch/storage/v1",
        content=part(f"GET /storage/v1/b/{bucket.name}") + "--b--",
        headers={"content-type": "multipart/mixed; boundary=b"},
    )
    assert reply.status_code == 200
    assert "Content-ID: <response-7>" in reply.text
    assert f'"name":"{bucket.name}"' in reply.text


@pytest.mark.parametrize(
    "body",
    [
        "nothing",
        part("GET /storage/v1/b"),
        part("GET /storage/v1/b/x/o/y?alt=media") + "--b--",
        part("POST /upload/storage/v1/b/x/o?uploadType=media") + "--b--",
        part("GET /v1/projects/p/locations/l/models") + "--b--",
        part("nonsense") + "--b--",
    ],
)
def test_what_is_no_batch_of_metadata_requests_is_refused(vertex_env: RunningServer, body: str) -> None:
    reply = httpx.post(
        f"{vertex_env.base_url}/batch/storage/v1",
        content=body,
        headers={"content-type": "multipart/mixed; boundary=b"},
    )
    assert (reply.status_code, reply.json()["error"]["code"]) == (400, 400)
