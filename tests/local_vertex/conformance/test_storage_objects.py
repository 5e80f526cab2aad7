"""Objects through google-cloud-storage: the calls of `Blob`."""

from __future__ import annotations

import io
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest
from google.api_core import exceptions
from google.cloud import storage

if TYPE_CHECKING:
    from tests.local_vertex.conformance.target import Target


@pytest.fixture
def bucket(target: Target) -> storage.Bucket:
    return target.storage().bucket(target.bucket)


@pytest.fixture
def blob(target: Target, bucket: storage.Bucket, request: pytest.FixtureRequest) -> storage.Blob:
    return bucket.blob(f"{target.run}/{request.node.name}")


def test_uploads_and_downloads_in_every_form(bucket: storage.Bucket, blob: storage.Blob, tmp_path: Path) -> None:
    blob.upload_from_string("text ü", content_type="text/plain")
    assert blob.download_as_bytes() == "text ü".encode()
    assert blob.download_as_text() == "text ü"
    with pytest.deprecated_call():
        assert blob.download_as_string() == "text ü".encode()
    source, copy = tmp_path / "source", tmp_path / "copy"
    source.write_bytes(b"from a file")
    blob.upload_from_filename(str(source))
    blob.download_to_filename(str(copy))
    assert copy.read_bytes() == b"from a file"
    blob.upload_from_file(io.BytesIO(b"from a stream"), size=13)
    into = io.BytesIO()
    blob.download_to_file(into)
    assert into.getvalue() == b"from a stream"
    assert bucket.blob(blob.name).download_as_bytes(start=5, end=8) == b"a st"


def test_streams(bucket: storage.Bucket, blob: storage.Blob) -> None:
    with blob.open("wb", chunk_size=256 * 1024) as stream:
        stream.write(b"x" * 300_000)
    with blob.open("rb", chunk_size=256 * 1024) as stream:
        assert len(stream.read()) == 300_000
    # A blob that was read keeps asking for the generation that it has read.
    text = bucket.blob(blob.name)
    with text.open("w") as stream:
        stream.write("line\n")
    with text.open("r") as stream:
        assert stream.read() == "line\n"


def test_a_resumable_session_takes_what_is_put_into_it(bucket: storage.Bucket, blob: storage.Blob) -> None:
    address = blob.create_resumable_upload_session(content_type="text/plain", size=4)
    assert httpx.put(address, content=b"text").status_code == 200
    found = bucket.get_blob(blob.name)
    assert (found.download_as_bytes(), found.content_type) == (b"text", "text/plain")


def test_metadata_is_read_and_changed(bucket: storage.Bucket, blob: storage.Blob) -> None:
    assert not blob.exists()
    blob.metadata = {"fingerprint": "abc"}
    blob.upload_from_string("x")
    assert blob.exists()
    blob.cache_control = "no-store"
    blob.patch()
    other = bucket.blob(blob.name)
    other.reload()
    assert (other.cache_control, other.metadata, other.metageneration) == ("no-store", {"fingerprint": "abc"}, 2)
    assert (other.size, other.crc32c, other.generation) == (1, blob.crc32c, blob.generation)
    other.content_language = "de"
    other.update()
    blob.reload()
    assert blob.content_language == "de"


def test_generations_guard_writes_and_deletes(bucket: storage.Bucket, blob: storage.Blob) -> None:
    blob.upload_from_string("one", if_generation_match=0)
    first = blob.generation
    with pytest.raises(exceptions.PreconditionFailed):
        bucket.blob(blob.name).upload_from_string("two", if_generation_match=0)
    bucket.blob(blob.name).upload_from_string("two", if_generation_match=first)
    with pytest.raises(exceptions.PreconditionFailed):
        bucket.blob(blob.name).delete(if_generation_match=first)
    bucket.blob(blob.name).delete()
    with pytest.raises(exceptions.NotFound):
        bucket.blob(blob.name).reload()


def test_copies_within_the_service(bucket: storage.Bucket, blob: storage.Blob) -> None:
    blob.upload_from_string("abc")
    target = bucket.blob(f"{blob.name}-rewritten")
    token, done, total = target.rewrite(blob)
    assert (token, done, total) == (None, 3, 3)
    joined = bucket.blob(f"{blob.name}-joined")
    joined.compose([blob, target])
    assert joined.download_as_bytes() == b"abcabc"
    joined.update_storage_class("NEARLINE")
    joined.reload()
    assert joined.storage_class == "NEARLINE"


def test_names_from_text(target: Target) -> None:
    client = target.storage()
    uri = target.upload("named/ü %.txt", "x")
    assert storage.Blob.from_uri(uri, client=client).download_as_bytes() == b"x"
    with pytest.deprecated_call():
        assert storage.Blob.from_string(uri, client=client).exists()
    assert storage.Blob.path_helper("/b/name", "ü %.txt") == "/b/name/o/%C3%BC%20%25.txt"
    into = io.BytesIO()
    client.download_blob_to_file(uri, into)
    assert into.getvalue() == b"x"
