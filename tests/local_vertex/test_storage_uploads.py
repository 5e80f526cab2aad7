"""The three ways of uploading, and what happens when one is cut short."""

from __future__ import annotations

import base64
import hashlib
import io
import os
import signal
import socket
import uuid
from pathlib import Path

import httpx
import pytest
from google.api_core import exceptions
from google.cloud import storage

from local_vertex import server as servers
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


def restarted(server: RunningServer) -> RunningServer:
    os.kill(server.pid, signal.SIGKILL)
    os.waitpid(server.pid, 0)
    return servers.start(server.state_directory, port=int(server.base_url.rpartition(":")[2]), idle_shutdown_s=60)


def test_an_interrupted_upload_survives_the_server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    server = servers.start(tmp_path, idle_shutdown_s=60)
    monkeypatch.setenv("STORAGE_EMULATOR_HOST", server.base_url)
    bucket = storage.Client(project="storage-tests").create_bucket("resumed")
    content = hashlib.sha256(b"seed").digest() * 20_000
    blob = bucket.blob("x", chunk_size=CHUNK)
    address = blob.create_resumable_upload_session(size=len(content), if_generation_match=0)
    first = httpx.put(
        address, content=content[:CHUNK], headers={"content-range": f"bytes 0-{CHUNK - 1}/{len(content)}"}
    )
    assert first.status_code == 308
    abandoned = session_of(server, bucket, "cancelled")
    httpx.delete(abandoned)
    server = restarted(server)
    try:
        asked = httpx.put(address, headers={"content-range": f"bytes */{len(content)}"})
        assert (asked.status_code, asked.headers["range"]) == (308, f"bytes=0-{CHUNK - 1}")
        assert httpx.put(abandoned, content=b"a").status_code == 404
        rest = {"content-range": f"bytes {CHUNK}-{len(content) - 1}/{len(content)}"}
        ended = httpx.put(address, content=content[CHUNK:], headers=rest).json()
        # A client of its own, because the first one's connection died with the server.
        read = storage.Client(project="storage-tests").bucket("resumed").blob("x").download_as_bytes()
        assert read == content
        server = restarted(server)
        repeated = httpx.put(address, content=content[CHUNK:], headers=rest).json()
        assert repeated["generation"] == ended["generation"]
        assert len(list((tmp_path / "objects").iterdir())) == 1
    finally:
        server.stop()


def test_a_chunked_upload_of_unknown_size_through_the_client(bucket: storage.Bucket) -> None:
    content = hashlib.sha256(b"seed").digest() * 30_000
    bucket.blob("x", chunk_size=CHUNK).upload_from_file(io.BytesIO(content), checksum="md5")
    assert bucket.blob("x").download_as_bytes(checksum="md5") == content


@pytest.mark.parametrize("way", ["multipart", "resumable"])
@pytest.mark.parametrize("field", ["md5Hash", "crc32c"])
def test_a_wrong_checksum_in_the_metadata_is_refused(bucket: storage.Bucket, way: str, field: str) -> None:
    blob = bucket.blob("x")
    blob._patch_property(field, base64.b64encode(bytes(16 if field == "md5Hash" else 4)).decode())
    content = io.BytesIO(b"text")
    with pytest.raises(exceptions.BadRequest, match="doesn't match calculated"):
        blob.upload_from_file(content, size=4 if way == "multipart" else None, checksum=None)
    assert not bucket.blob("x").exists()


def test_a_refused_session_is_gone(vertex_env: RunningServer, bucket: storage.Bucket) -> None:
    address = session_of(vertex_env, bucket, "x", ifGenerationMatch="0")
    bucket.blob("x").upload_from_string("other")
    assert [httpx.put(address, content=b"mine").status_code for _ in range(2)] == [412, 404]


def test_a_simple_upload_that_is_cut_short_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    server = servers.start(tmp_path, idle_shutdown_s=60)
    try:
        monkeypatch.setenv("STORAGE_EMULATOR_HOST", server.base_url)
        bucket = storage.Client(project="storage-tests").create_bucket("cut-short")
        host, _, port = server.base_url.removeprefix("http://").partition(":")
        with socket.create_connection((host, int(port))) as connection:
            connection.sendall(
                f"POST /upload/storage/v1/b/{bucket.name}/o?uploadType=media&name=x HTTP/1.1\r\n"
                f"Host: {host}:{port}\r\nContent-Length: 1000\r\n\r\nhalf".encode()
            )
            connection.shutdown(socket.SHUT_WR)
            while connection.recv(4096):
                pass
        # Answered after the cut connection was dealt with, as the next request of the same loop.
        assert not bucket.blob("x").exists()
        assert list((tmp_path / "objects").iterdir()) == []
    finally:
        server.stop()


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
