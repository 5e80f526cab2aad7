"""Cloud Storage through its official client."""

from __future__ import annotations

import gzip
import itertools
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from google.api_core import exceptions
from google.cloud import storage

from local_vertex.server import RunningServer


@pytest.fixture
def client(vertex_env: RunningServer) -> storage.Client:
    return storage.Client(project="storage-tests")


@pytest.fixture
def bucket(client: storage.Client) -> storage.Bucket:
    return client.create_bucket(f"bucket-{uuid.uuid4().hex[:12]}")


def test_an_object_comes_back_byte_for_byte_with_its_checksums(bucket: storage.Bucket) -> None:
    content = bytes(range(256)) * 40
    blob = bucket.blob("dir/ä b?#%.bin")
    blob.metadata = {"sha": "1"}
    blob.upload_from_string(content, content_type="application/x-thing")
    found = bucket.get_blob("dir/ä b?#%.bin")
    assert found.download_as_bytes() == content
    assert (found.size, found.content_type, found.metadata) == (len(content), "application/x-thing", {"sha": "1"})
    assert (found.crc32c, found.md5_hash) == (blob.crc32c, blob.md5_hash)


def test_every_write_gets_a_higher_generation_and_starts_metagenerations_anew(bucket: storage.Bucket) -> None:
    generations = []
    for content in ("a", "b", "c"):
        blob = bucket.blob("x")
        blob.upload_from_string(content)
        generations.append(blob.generation)
        assert blob.metageneration == 1
    blob.metadata = {"k": "v"}
    blob.patch()
    assert (blob.metageneration, blob.generation) == (2, generations[-1])
    assert generations == sorted(set(generations))


@pytest.mark.parametrize(
    ("conditions", "allowed"),
    [
        (lambda blob: {"if_generation_match": 0}, False),
        (lambda blob: {"if_generation_match": blob.generation}, True),
        (lambda blob: {"if_generation_match": blob.generation + 1}, False),
        (lambda blob: {"if_generation_not_match": blob.generation}, False),
        (lambda blob: {"if_metageneration_match": 1}, True),
        (lambda blob: {"if_metageneration_match": 2}, False),
    ],
)
def test_preconditions_guard_writes_and_deletes(
    bucket: storage.Bucket, conditions: Callable[[storage.Blob], dict[str, int]], allowed: bool
) -> None:
    for act in (
        lambda blob, demand: bucket.blob("x").upload_from_string("new", **demand),
        lambda blob, demand: bucket.blob("x").delete(**demand),
        lambda blob, demand: bucket.blob("x").patch(**demand),
    ):
        blob = bucket.blob("x")
        blob.upload_from_string("old")
        if allowed:
            act(blob, conditions(blob))
        else:
            with pytest.raises(exceptions.PreconditionFailed):
                act(blob, conditions(blob))
            assert bucket.blob("x").download_as_bytes() == b"old"


def test_a_delete_that_must_not_meet_this_metageneration(bucket: storage.Bucket) -> None:
    # Uploads are left out: google-cloud-storage 3.17 misspells the parameter in them (`ifMetaGenerationNotMatch`).
    bucket.blob("x").upload_from_string("old")
    with pytest.raises(exceptions.PreconditionFailed):
        bucket.blob("x").delete(if_metageneration_not_match=1)
    bucket.blob("x").delete(if_metageneration_not_match=2)


def test_of_many_concurrent_creators_exactly_one_wins(client: storage.Client, bucket: storage.Bucket) -> None:
    def create(number: int) -> bool:
        try:
            client.bucket(bucket.name).blob("lease").upload_from_string(str(number), if_generation_match=0)
        except exceptions.PreconditionFailed:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(create, range(16))) == 1


def test_a_read_that_must_not_match_answers_not_modified(bucket: storage.Bucket) -> None:
    blob = bucket.blob("x")
    blob.upload_from_string("a")
    with pytest.raises(exceptions.NotModified):
        bucket.blob("x").reload(if_generation_not_match=blob.generation)


@pytest.mark.parametrize(("start", "end", "expected"), [(2, 4, b"234"), (7, None, b"789"), (8, 99, b"89")])
def test_ranges(bucket: storage.Bucket, start: int, end: int | None, expected: bytes) -> None:
    bucket.blob("x").upload_from_string("0123456789")
    assert bucket.blob("x").download_as_bytes(start=start, end=end) == expected


def test_a_range_past_the_end_is_refused(bucket: storage.Bucket) -> None:
    bucket.blob("x").upload_from_string("0123456789")
    with pytest.raises(exceptions.RequestRangeNotSatisfiable):
        bucket.blob("x").download_as_bytes(start=10)


def test_lists_page_group_and_order(client: storage.Client, bucket: storage.Bucket) -> None:
    names = sorted(["a", "a/1", "a/2", "a/b/3", "b/1", "c", "é"])
    for name in reversed(names):
        bucket.blob(name).upload_from_string(name)
    assert [blob.name for blob in client.list_blobs(bucket, page_size=2)] == names
    assert [blob.name for blob in client.list_blobs(bucket, prefix="a/", max_results=2)] == ["a/1", "a/2"]
    assert [blob.name for blob in client.list_blobs(bucket, start_offset="a/2", end_offset="c")] == names[2:5]
    grouped = client.list_blobs(bucket, delimiter="/", page_size=1)
    assert [blob.name for blob in grouped] == ["a", "c", "é"]
    assert grouped.prefixes == {"a/", "b/"}


def test_a_versioned_bucket_keeps_what_was_replaced(client: storage.Client, bucket: storage.Bucket) -> None:
    bucket.versioning_enabled = True
    bucket.patch()
    first = bucket.blob("x")
    first.upload_from_string("one")
    bucket.blob("x").upload_from_string("two")
    assert bucket.blob("x", generation=first.generation).download_as_bytes() == b"one"
    bucket.blob("x").delete()
    assert not bucket.blob("x").exists()
    kept = list(client.list_blobs(bucket, versions=True))
    assert len(kept) == 2
    for blob in kept:
        blob.delete()
    bucket.delete()


def test_rewrite_copies_content_and_metadata(bucket: storage.Bucket) -> None:
    source = bucket.blob("x")
    source.cache_control = "no-store"
    source.upload_from_string("content", content_type="text/plain")
    target = bucket.blob("y")
    token, _, _ = target.rewrite(source, if_generation_match=0)
    target.reload()
    assert token is None
    assert (target.download_as_bytes(), target.content_type, target.cache_control) == (
        b"content",
        "text/plain",
        "no-store",
    )
    with pytest.raises(exceptions.PreconditionFailed):
        bucket.blob("y").rewrite(source, if_generation_match=0)
    with pytest.raises(exceptions.PreconditionFailed):
        bucket.blob("z").rewrite(source, if_source_generation_match=1)


def test_compose_concatenates(bucket: storage.Bucket) -> None:
    parts = [bucket.blob(name) for name in "abc"]
    for part in parts:
        part.upload_from_string(part.name * 3)
    bucket.blob("joined").compose(parts)
    assert bucket.blob("joined").download_as_bytes() == b"aaabbbccc"
    with pytest.raises(exceptions.NotFound):
        bucket.blob("joined").compose([bucket.blob("missing")])


def test_gzip_content_is_unpacked_for_who_does_not_accept_it(bucket: storage.Bucket) -> None:
    blob = bucket.blob("x")
    blob.content_encoding = "gzip"
    blob.upload_from_string(gzip.compress(b"text"))
    assert bucket.blob("x").download_as_bytes() == b"text"
    assert gzip.decompress(bucket.blob("x").download_as_bytes(raw_download=True)) == b"text"


def test_buckets(client: storage.Client, bucket: storage.Bucket) -> None:
    assert client.lookup_bucket(bucket.name).location == "US"
    assert client.lookup_bucket("no-such-bucket") is None
    assert bucket.name in [found.name for found in client.list_buckets()]
    with pytest.raises(exceptions.Conflict):
        client.create_bucket(bucket.name)
    with pytest.raises(exceptions.BadRequest):
        client.create_bucket("UPPERCASE")
    bucket.blob("x").upload_from_string("a")
    with pytest.raises(exceptions.Conflict):
        bucket.delete()
    bucket.delete(force=True)
    assert client.lookup_bucket(bucket.name) is None


@pytest.mark.parametrize("name", ["x", "x/y"])
def test_what_is_not_there_is_not_found(client: storage.Client, bucket: storage.Bucket, name: str) -> None:
    missing = [bucket.blob(name), client.bucket("no-such-bucket").blob(name)]
    acts = [storage.Blob.download_as_bytes, storage.Blob.delete, storage.Blob.reload]
    for blob, act in itertools.product(missing, acts):
        with pytest.raises(exceptions.NotFound):
            act(blob)
    with pytest.raises(exceptions.NotFound):
        client.bucket("no-such-bucket").blob(name).upload_from_string("a")
