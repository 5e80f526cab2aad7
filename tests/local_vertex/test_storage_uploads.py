"""The three ways of uploading, and what happens when one is cut short."""

from __future__ import annotations

import hashlib
import uuid

import httpx
import pytest
from google.cloud import storage

from local_vertex.server import RunningServer

CHUNK = 256 * 1024


@pytest.fixture
def bucket(vertex_env: RunningServer) -> storage.Bucket:
    return storage.Client(project="storage-tests").create_bucket(f"bucket-{uuid.uuid4().hex[:12]}")


def session_of(server: RunningServer, bucket: storage.Bucket, name: str, **query: str) -> str:
    reply = httpx.post(
        f"{server.base_url}/upload/storage/v1/b/{bucket.name}/o",
        params={"uploadType": "resumable", "name": name, **query},
        json={"contentType": "text/plain"},
    )
    assert reply.status_code == 200
    return reply.headers["location"]


def test_a_chunked_upload_through_the_client(bucket: storage.Bucket) -> None:
    content = hashlib.sha256(b"seed").digest() * 20_000
    with bucket.blob("x").open("wb", chunk_size=CHUNK) as stream:
        stream.write(content)
    with bucket.blob("x").open("rb", chunk_size=CHUNK) as stream:
        assert stream.read() == content


def test_an_interrupted_upload_continues_where_it_stopped(vertex_env: RunningServer, bucket: storage.Bucket) -> None:
    address = session_of(vertex_env, bucket, "x")
    first = httpx.put(address, content=b"abcd", headers={"content-range": "bytes 0-3/*"})
    assert (first.status_code, first.headers["range"]) == (308, "bytes=0-3")
    asked = httpx.put(address, headers={"content-range": "bytes */*"})
    assert (asked.status_code, asked.headers["range"]) == (308, "bytes=0-3")
    assert not bucket.blob("x").exists()
    overlapping = httpx.put(address, content=b"cdef", headers={"content-range": "bytes 2-5/6"})
    assert overlapping.json()["size"] == "6"
    assert bucket.blob("x").download_as_bytes() == b"abcdef"
    repeated = httpx.put(address, content=b"cdef", headers={"content-range": "bytes 2-5/6"})
    assert repeated.json()["generation"] == overlapping.json()["generation"]


def test_a_gap_is_refused(vertex_env: RunningServer, bucket: storage.Bucket) -> None:
    address = session_of(vertex_env, bucket, "x")
    reply = httpx.put(address, content=b"ef", headers={"content-range": "bytes 4-5/6"})
    assert reply.status_code == 400


def test_the_precondition_is_checked_again_at_the_end(vertex_env: RunningServer, bucket: storage.Bucket) -> None:
    address = session_of(vertex_env, bucket, "x", ifGenerationMatch="0")
    bucket.blob("x").upload_from_string("other")
    assert httpx.put(address, content=b"mine").status_code == 412
    assert bucket.blob("x").download_as_bytes() == b"other"


def test_a_cancelled_session_is_gone(vertex_env: RunningServer, bucket: storage.Bucket) -> None:
    address = session_of(vertex_env, bucket, "x")
    assert httpx.delete(address).status_code == 499
    assert httpx.put(address, content=b"a").status_code == 404


def test_a_simple_upload(vertex_env: RunningServer, bucket: storage.Bucket) -> None:
    reply = httpx.post(
        f"{vertex_env.base_url}/upload/storage/v1/b/{bucket.name}/o",
        params={"uploadType": "media", "name": "x"},
        content=b"text",
        headers={"content-type": "text/plain"},
    )
    assert (reply.json()["size"], reply.json()["contentType"]) == ("4", "text/plain")


def test_an_empty_object(bucket: storage.Bucket) -> None:
    bucket.blob("x").upload_from_string(b"")
    assert bucket.blob("x").download_as_bytes() == b""


def test_content_that_differs_from_its_announced_checksum_is_refused(
    vertex_env: RunningServer, bucket: storage.Bucket
) -> None:
    address = session_of(vertex_env, bucket, "x")
    reply = httpx.put(address, content=b"text", headers={"x-goog-hash": "crc32c=AAAAAA=="})
    assert reply.status_code == 400
    assert not bucket.blob("x").exists()


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("multipart/related", b"--b\r\n\r\n{}\r\n--b\r\n\r\nx\r\n--b--"),
        ("multipart/related; boundary=b", b"nothing"),
        ("multipart/related; boundary=b", b"--b\r\n\r\n{\r\n--b\r\n\r\nx\r\n--b--"),
        ("multipart/related; boundary=b", b"--b\r\n\r\n{}\r\n--b\r\n\r\nx\r\n--b--"),
    ],
)
def test_malformed_multipart_bodies_are_refused(
    vertex_env: RunningServer, bucket: storage.Bucket, content_type: str, body: bytes
) -> None:
    reply = httpx.post(
        f"{vertex_env.base_url}/upload/storage/v1/b/{bucket.name}/o",
        params={"uploadType": "multipart"},
        content=body,
        headers={"content-type": content_type},
    )
    assert reply.status_code == 400
    assert reply.json()["error"]["code"] == 400
