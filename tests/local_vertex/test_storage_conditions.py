"""Every precondition of every method of Cloud Storage, through its official client."""

from __future__ import annotations

import io
import uuid
from collections.abc import Callable, Iterator

import pytest
from google.api_core import exceptions
from google.cloud import storage

from local_vertex.server import RunningServer

Act = Callable[..., object]
Blob = storage.Blob


@pytest.fixture(scope="module")
def bucket(server: RunningServer) -> Iterator[storage.Bucket]:
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("STORAGE_EMULATOR_HOST", server.base_url)
        yield storage.Client(project="conditions").create_bucket(f"bucket-{uuid.uuid4().hex[:12]}")


@pytest.fixture
def blob(bucket: storage.Bucket) -> storage.Blob:
    """An object of metageneration 2."""
    made = bucket.blob(uuid.uuid4().hex)
    made.upload_from_string("old")
    made.patch()
    return made


def rewrite(blob: Blob, **demands: object) -> object:
    source = blob.bucket.blob(f"{blob.name}-source")
    source.upload_from_string("new")
    return blob.rewrite(source, **demands)


def copy(blob: Blob, **demands: object) -> object:
    source = blob.bucket.blob(f"{blob.name}-source")
    source.upload_from_string("new")
    return blob.bucket.copy_blob(source, blob.bucket, blob.name, **demands)


def compose(blob: Blob, **demands: object) -> object:
    source = blob.bucket.blob(f"{blob.name}-source")
    source.upload_from_string("new")
    return blob.compose([source], **demands)


def resumable(blob: Blob, **demands: object) -> object:
    # Of unknown size, so not as multipart.
    return blob.upload_from_file(io.BytesIO(b"new"), **demands)


WRITES: dict[str, Act] = {
    "multipart": lambda blob, **demands: blob.upload_from_string("new", **demands),
    "resumable": resumable,
    "patch": Blob.patch,
    "update": Blob.update,
    "delete": Blob.delete,
    "rewrite": rewrite,
    "copy": copy,
    "compose": compose,
}
READS: dict[str, Act] = {"get": Blob.reload, "media": Blob.download_as_bytes, "exists": Blob.exists}
# compose has matches only; google-cloud-storage 3.17 misspells the metageneration that must not match in uploads.
LACKING = {
    "compose": ("if_generation_not_match", "if_metageneration_not_match"),
    "multipart": ("if_metageneration_not_match",),
    "resumable": ("if_metageneration_not_match",),
}
DEMANDS: list[tuple[str, Callable[[Blob], int], bool]] = [
    ("if_generation_match", lambda blob: blob.generation, True),
    ("if_generation_match", lambda blob: blob.generation + 1, False),
    ("if_generation_match", lambda blob: 0, False),
    ("if_generation_not_match", lambda blob: blob.generation + 1, True),
    ("if_generation_not_match", lambda blob: 0, True),
    ("if_generation_not_match", lambda blob: blob.generation, False),
    ("if_metageneration_match", lambda blob: 2, True),
    ("if_metageneration_match", lambda blob: 1, False),
    ("if_metageneration_not_match", lambda blob: 1, True),
    ("if_metageneration_not_match", lambda blob: 2, False),
]
CASES = [
    pytest.param(act, demand, value, holds, id=f"{name}-{demand}-{number}")
    for name, act in {**WRITES, **READS}.items()
    for number, (demand, value, holds) in enumerate(DEMANDS)
    if demand not in LACKING.get(name, ())
]


@pytest.mark.parametrize(("act", "demand", "value", "holds"), CASES)
def test_an_object_is_touched_only_when_the_demand_holds(
    blob: storage.Blob, act: Act, demand: str, value: Callable[[Blob], int], holds: bool
) -> None:
    fresh = blob.bucket.blob(blob.name)
    if holds:
        act(fresh, **{demand: value(blob)})
        return
    refusal = exceptions.NotModified if "not" in demand else exceptions.PreconditionFailed
    with pytest.raises(refusal):
        act(fresh, **{demand: value(blob)})
    kept = blob.bucket.get_blob(blob.name)
    assert (kept.generation, kept.metageneration) == (blob.generation, 2)


@pytest.mark.parametrize("act", [rewrite, copy], ids=["rewrite", "copy"])
@pytest.mark.parametrize(
    ("demand", "value", "refusal"),
    [
        ("if_source_generation_match", 5, exceptions.PreconditionFailed),
        ("if_source_metageneration_match", 5, exceptions.PreconditionFailed),
        ("if_source_metageneration_match", 1, None),
        ("if_source_generation_not_match", 5, None),
        ("if_source_metageneration_not_match", 5, None),
        ("if_source_metageneration_not_match", 1, exceptions.NotModified),
    ],
)
def test_the_source_of_a_copy_has_demands_of_its_own(
    blob: storage.Blob, act: Act, demand: str, value: int, refusal: type[Exception] | None
) -> None:
    if refusal is None:
        act(blob, **{demand: value})
        return
    with pytest.raises(refusal):
        act(blob, **{demand: value})
    assert blob.bucket.blob(blob.name).download_as_bytes() == b"old"


def test_the_source_of_a_rewrite_that_must_not_be_this_generation(blob: storage.Blob) -> None:
    with pytest.raises(exceptions.NotModified):
        blob.bucket.blob("other").rewrite(blob, if_source_generation_not_match=blob.generation)


def test_a_source_of_a_composition_with_another_generation(blob: storage.Blob) -> None:
    other = blob.bucket.blob(f"{blob.name}-joined")
    with pytest.raises(exceptions.PreconditionFailed):
        other.compose([blob], if_source_generation_match=[blob.generation + 1])
    other.compose([blob], if_source_generation_match=[blob.generation])
    assert other.download_as_bytes() == b"old"


@pytest.mark.parametrize("name", ["multipart", "resumable", "rewrite", "compose"])
def test_a_creation_that_must_not_replace(bucket: storage.Bucket, name: str) -> None:
    created = bucket.blob(uuid.uuid4().hex)
    WRITES[name](created, if_generation_match=0)
    with pytest.raises(exceptions.PreconditionFailed):
        WRITES[name](bucket.blob(created.name), if_generation_match=0)


def test_a_write_that_must_replace(bucket: storage.Bucket) -> None:
    with pytest.raises(exceptions.NotModified):
        bucket.blob(uuid.uuid4().hex).upload_from_string("new", if_generation_not_match=0)


@pytest.mark.parametrize("read", [Blob.reload, Blob.download_as_bytes], ids=["get", "media"])
def test_etags_of_reads(blob: storage.Blob, read: Act) -> None:
    read(blob, if_etag_match=blob.etag)
    read(blob, if_etag_not_match="other")
    with pytest.raises(exceptions.PreconditionFailed):
        read(blob, if_etag_match="other")
    with pytest.raises(exceptions.NotModified):
        read(blob, if_etag_not_match=blob.etag)


def test_buckets(bucket: storage.Bucket) -> None:
    made = bucket.client.create_bucket(f"bucket-{uuid.uuid4().hex[:12]}")
    for act in (made.reload, made.patch, made.update):
        act(if_metageneration_match=made.metageneration)
        with pytest.raises(exceptions.PreconditionFailed):
            act(if_metageneration_match=made.metageneration + 1)
        with pytest.raises(exceptions.NotModified):
            act(if_metageneration_not_match=made.metageneration)
    made.reload(if_etag_match=made.etag)
    with pytest.raises(exceptions.NotModified):
        made.reload(if_etag_not_match=made.etag)
    with pytest.raises(exceptions.PreconditionFailed):
        made.client._delete_resource(made.path, query_params={"ifMetagenerationMatch": 99})
    assert made.exists()
