"""Cloud Storage through its official client."""

from __future__ import annotations

import gzip
import itertools
import uuid
from concurrent.futures import ThreadPoolExecutor

import httpx
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


def test_of_many_concurrent_creators_exactly_one_wins(client: storage.Client, bucket: storage.Bucket) -> None:
    def create(number: int) -> bool:
        try:
            client.bucket(bucket.name).blob("lease").upload_from_string(str(number), if_generation_match=0)
        except exceptions.PreconditionFailed:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(create, range(16))) == 1


@pytest.mark.parametrize(("start", "end", "expected"), [(2, 4, b"234"), (7, None, b"789"), (8, 99, b"89")])
def test_ranges(bucket: storage.Bucket, start: int, end: int | None, expected: bytes) -> None:
    bucket.blob("x").upload_from_string("0123456789")
    assert bucket.blob("x").download_as_bytes(start=start, end=end) == expected


def test_a_range_past_the_end_is_refused(bucket: storage.Bucket) -> None:
    bucket.blob("x").upload_from_string("0123456789")
    with pytest.raises(exceptions.RequestRangeNotSatisfiable):
        bucket.blob("x").download_as_bytes(start=10)


@pytest.mark.parametrize(
    ("asked", "status", "content", "told"),
    [
        ("bytes=-3", 206, b"789", "bytes 7-9/10"),
        ("bytes=-30", 206, b"0123456789", "bytes 0-9/10"),
        ("bytes=4-", 206, b"456789", "bytes 4-9/10"),
        ("bytes=-0", 416, b"", "bytes */10"),
        ("bytes=10-", 416, b"", "bytes */10"),
        ("bytes=5-2", 200, b"0123456789", None),
        ("lines=1-2", 200, b"0123456789", None),
    ],
)
def test_range_headers(
    vertex_env: RunningServer, bucket: storage.Bucket, asked: str, status: int, content: bytes, told: str | None
) -> None:
    bucket.blob("x").upload_from_string("0123456789")
    address = f"{vertex_env.base_url}/download/storage/v1/b/{bucket.name}/o/x"
    reply = httpx.get(address, headers={"range": asked})
    assert (reply.status_code, reply.content, reply.headers.get("content-range")) == (status, content, told)


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


@pytest.mark.parametrize(
    ("glob", "found"),
    [
        ("*.txt", ["a.txt", "b.txt"]),
        ("**.txt", ["a.txt", "b.txt", "d/a.txt", "d/e/c.txt"]),
        ("**/a.txt", ["a.txt", "d/a.txt"]),
        ("d/*/c.???", ["d/e/c.txt"]),
        ("[!b-z].txt", ["a.txt"]),
        ("{a,d/a}.{txt,csv}", ["a.csv", "a.txt", "d/a.txt"]),
        ("a.*", ["a.csv", "a.txt"]),
    ],
)
def test_lists_by_glob(client: storage.Client, bucket: storage.Bucket, glob: str, found: list[str]) -> None:
    for name in ("a.txt", "a.csv", "b.txt", "d/a.txt", "d/e/c.txt"):
        bucket.blob(name).upload_from_string(name)
    assert [blob.name for blob in client.list_blobs(bucket, match_glob=glob)] == found


@pytest.mark.parametrize("query", [{"match_glob": "{a"}, {"match_glob": "[z-a]"}, {"page_token": "é"}])
def test_a_malformed_pattern_or_token_is_refused(
    client: storage.Client, bucket: storage.Bucket, query: dict[str, str]
) -> None:
    with pytest.raises(exceptions.BadRequest):
        list(client.list_blobs(bucket, **query))


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
    assert [blob.download_as_bytes() for blob in kept] == [b"one", b"two"]
    assert all(blob.time_deleted for blob in kept)
    with pytest.raises(exceptions.Conflict):
        bucket.delete()
    for blob in kept:
        blob.delete()
    bucket.delete()


def test_every_change_of_content_or_metadata_changes_the_etag(bucket: storage.Bucket) -> None:
    blob = bucket.blob("x")
    tags = []
    for change in (lambda: blob.upload_from_string("a"), blob.patch, lambda: blob.upload_from_string("a")):
        change()
        tags.append(blob.etag)
    assert len(set(tags)) == 3


def test_patch_merges_metadata_and_update_replaces_it(bucket: storage.Bucket) -> None:
    blob = bucket.blob("x")
    blob.metadata, blob.cache_control = {"a": "1", "b": "2"}, "no-store"
    blob.upload_from_string("a")
    other = bucket.blob("x")
    other.metadata = {"a": None, "c": "3"}
    other.patch()
    assert other.metadata == {"b": "2", "c": "3"}
    replacing = bucket.blob("x")
    replacing.metadata = {"d": "4"}
    replacing.update()
    assert (replacing.metadata, replacing.cache_control, replacing.content_type) == ({"d": "4"}, None, None)
    assert replacing.download_as_bytes() == b"a"


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


def test_a_rewrite_to_another_class_takes_as_many_calls_as_are_asked_for(
    vertex_env: RunningServer, bucket: storage.Bucket
) -> None:
    source = bucket.blob("x")
    source.upload_from_string(bytes(5 << 19), content_type="text/plain")
    address = f"{vertex_env.base_url}/storage/v1/b/{bucket.name}/o/x/rewriteTo/b/{bucket.name}/o/y"
    body = {"storageClass": "NEARLINE"}
    first = httpx.post(address, params={"maxBytesRewrittenPerCall": 1 << 20}, json=body).json()
    assert (first["done"], first["totalBytesRewritten"], first["objectSize"]) == (False, str(1 << 20), str(5 << 19))
    assert not bucket.blob("y").exists()
    query = {"maxBytesRewrittenPerCall": 1 << 20, "rewriteToken": first["rewriteToken"]}
    second = httpx.post(address, params=query, json=body).json()
    assert (second["done"], second["totalBytesRewritten"]) == (False, str(2 << 20))
    target = bucket.blob("y")
    target.storage_class = "NEARLINE"
    token, rewritten, size = target.rewrite(source, token=second["rewriteToken"])
    assert (token, rewritten, size) == (None, 5 << 19, 5 << 19)
    assert bucket.get_blob("y").storage_class == "NEARLINE"
    for wrong in ({"rewriteToken": "abc"}, {"maxBytesRewrittenPerCall": "5"}):
        assert httpx.post(address, params=wrong, json=body).status_code == 400
    source.update_storage_class("COLDLINE")
    assert bucket.get_blob("x").storage_class == "COLDLINE"


def test_a_rewrite_onto_a_known_object_does_not_compare_the_old_checksum(bucket: storage.Bucket) -> None:
    source, target = bucket.blob("x"), bucket.blob("y")
    source.upload_from_string("new")
    target.upload_from_string("old")
    target.rewrite(source)
    assert bucket.blob("y").download_as_bytes() == b"new"


def test_compose_concatenates(bucket: storage.Bucket) -> None:
    parts = [bucket.blob(name) for name in "abc"]
    for part in parts:
        part.upload_from_string(part.name * 3)
    joined = bucket.blob("joined")
    joined.compose(parts)
    assert joined.download_as_bytes() == b"aaabbbccc"
    assert joined.component_count == 3
    with pytest.raises(exceptions.NotFound):
        bucket.blob("joined").compose([bucket.blob("missing")])
    bucket.blob("joined").compose([*parts[:2], joined], delete_source_objects=True)
    assert bucket.blob("joined").download_as_bytes() == b"aaabbbaaabbbccc"
    assert [blob.name for blob in bucket.list_blobs()] == ["c", "joined"]


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


def test_lists_of_buckets_page_by_prefix(client: storage.Client) -> None:
    prefix = f"page-{uuid.uuid4().hex[:8]}"
    for number in range(5):
        client.create_bucket(f"{prefix}-{number}")
    pages = list(client.list_buckets(prefix=prefix, page_size=2).pages)
    assert [[bucket.name[-1] for bucket in page] for page in pages] == [["0", "1"], ["2", "3"], ["4"]]


def test_patch_merges_a_buckets_settings_and_update_replaces_them(bucket: storage.Bucket) -> None:
    bucket.labels, bucket.versioning_enabled = {"a": "1"}, True
    bucket.patch()
    bucket.labels = {"b": "2"}
    bucket.patch()
    assert (bucket.labels, bucket.versioning_enabled, bucket.metageneration) == ({"b": "2"}, True, 3)
    bare = bucket.client.bucket(bucket.name)
    bare.labels = {"c": "3"}
    bare.update()
    assert (bare.labels, bare.versioning_enabled, bare.location) == ({"c": "3"}, False, "US")


def test_what_is_absent_says_so(client: storage.Client, bucket: storage.Bucket) -> None:
    bucket.soft_delete_policy.retention_duration_seconds = 604800
    acts = [
        bucket.patch,
        lambda: list(client.list_blobs(bucket, soft_deleted=True)),
    ]
    for act in acts:
        with pytest.raises(exceptions.ServerError, match="local Vertex has no"):
            act()
    assert bucket.client.get_bucket(bucket.name).soft_delete_policy.retention_duration_seconds == 0


@pytest.mark.parametrize("name", ["x", "x/y"])
def test_what_is_not_there_is_not_found(client: storage.Client, bucket: storage.Bucket, name: str) -> None:
    missing = [bucket.blob(name), client.bucket("no-such-bucket").blob(name)]
    acts = [storage.Blob.download_as_bytes, storage.Blob.delete, storage.Blob.reload]
    for blob, act in itertools.product(missing, acts):
        with pytest.raises(exceptions.NotFound):
            act(blob)
    with pytest.raises(exceptions.NotFound):
        client.bucket("no-such-bucket").blob(name).upload_from_string("a")
