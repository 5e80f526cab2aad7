"""Cloud Storage by `gs://` address, with generation preconditions."""

from __future__ import annotations

import datetime
import io
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Any

from components.errors import RetuneError, service_error
from components.gcp.clients import REQUEST_TIMEOUT_S, storage_client
from components.gcp.pinned_object import PinnedObject

if TYPE_CHECKING:
    from google.cloud.storage import Blob

READ_BUFFER_BYTES = 1 << 20
READ_CHUNK_BYTES = 16 << 20


class PreconditionFailed(Exception):
    """The object is not at the generation that the caller had seen."""


@dataclass(frozen=True)
class StoredObject:
    """What a listing says of one object.

    Attributes:
        uri: `gs://bucket/name`.
        size: Bytes.
        generation: The object's current generation.
        written_at: When that generation was written, seconds since the epoch.
    """

    uri: str
    size: int
    generation: int
    written_at: float


def split_uri(uri: str) -> tuple[str, str]:
    """Bucket and object name of a `gs://bucket/name` address.

    Raises:
        RetuneError: `STORAGE-URI`, the text is no such address.
    """
    bucket, _, name = uri.removeprefix("gs://").partition("/")
    if not uri.startswith("gs://") or not bucket:
        raise service_error("STORAGE-URI", "not a Cloud Storage address", "write it as gs://bucket/path", uri)
    return bucket, name


PATIENCE_S = 120.0
"""The client's own patience (google/cloud/storage/retry.py)."""


class Storage:
    """Reads and writes objects of one project.

    Writes carry a precondition wherever two writers could meet, which also makes them safe to retry.
    """

    def __init__(self, project: str) -> None:
        self._client = storage_client(project)

    def _blob(self, uri: str, generation: int | None = None) -> Blob:
        bucket, name = split_uri(uri)
        return self._client.bucket(bucket).blob(name, generation=generation)

    def read(self, uri: str, *, patience_s: float = PATIENCE_S) -> bytes:
        """The object's bytes.

        Args:
            uri: Its address.
            patience_s: How long a service that does not answer is asked again.

        Raises:
            RetuneError: `STORAGE-NOT-FOUND`.
        """
        from google.api_core.exceptions import NotFound
        from google.cloud.storage.retry import DEFAULT_RETRY

        patient = DEFAULT_RETRY.with_timeout(patience_s)
        try:
            data: bytes = self._blob(uri).download_as_bytes(timeout=REQUEST_TIMEOUT_S, retry=patient)
        except NotFound as error:
            raise _not_found(uri) from error
        return data

    def read_versioned(self, uri: str) -> tuple[bytes, int] | None:
        """The object's bytes and generation as one consistent pair; None when there is no such object."""
        from google.api_core.exceptions import NotFound

        blob = self._blob(uri)
        try:
            data = blob.download_as_bytes(timeout=REQUEST_TIMEOUT_S)
        except NotFound:
            return None
        return data, int(blob.generation)

    def generation(self, uri: str) -> int:
        """The object's current generation.

        Raises:
            RetuneError: `STORAGE-NOT-FOUND`.
        """
        from google.api_core.exceptions import NotFound

        blob = self._blob(uri)
        try:
            blob.reload(timeout=REQUEST_TIMEOUT_S)
        except NotFound as error:
            raise _not_found(uri) from error
        return int(blob.generation)

    def written_at(self, uri: str) -> datetime.datetime | None:
        """When the object was last written, by the service's clock; None when there is no such object."""
        from google.api_core.exceptions import NotFound

        blob = self._blob(uri)
        try:
            blob.reload(timeout=REQUEST_TIMEOUT_S)
        except NotFound:
            return None
        written: datetime.datetime = blob.updated
        return written

    def open(self, uri: str, generation: int | None = None) -> IO[bytes]:
        """The object, or one generation of it, as a binary stream that is fetched in chunks while it is read.

        A chunk whose connection breaks is fetched again from the same generation, so what is read is one object.

        Raises:
            RetuneError: While it is read: `STORAGE-REPLACED`, the generation is gone; `SERVICE-…`, it cannot be read.
        """
        # google-cloud-storage's reader finds line ends byte by byte: a buffer in front makes lines 20 times faster.
        reader: Any = self._blob(uri, generation).open("rb", chunk_size=READ_CHUNK_BYTES)
        return io.BufferedReader(PinnedObject(reader, uri), READ_BUFFER_BYTES)

    def write(
        self,
        uri: str,
        data: bytes,
        *,
        if_generation_match: int | None = None,
        content_type: str = "application/json",
    ) -> int:
        """Store the bytes and return the new generation.

        A write with a precondition is repeated by the client when its reply is lost, and the repetition is refused
        because the first one was done. So a refused write whose very bytes are there counts as done; records that
        must tell writers apart name their run.

        Args:
            uri: `gs://bucket/name`.
            data: The whole content.
            if_generation_match: Generation the object must have; 0 means that it must not exist.
            content_type: MIME type that a browser or the console is told.

        Raises:
            PreconditionFailed: The object has another generation.
        """
        from google.api_core.exceptions import PreconditionFailed as Refused

        blob = self._blob(uri)
        try:
            blob.upload_from_string(
                data,
                content_type=content_type,
                if_generation_match=if_generation_match,
                timeout=REQUEST_TIMEOUT_S,
            )
        except Refused as error:
            there = self.read_versioned(uri)
            if there is None or there[0] != data:
                raise PreconditionFailed(uri) from error
            return there[1]
        return int(blob.generation)

    def upload(self, uri: str, path: str) -> None:
        """Store a local file, in chunks."""
        self._blob(uri).upload_from_filename(path, timeout=REQUEST_TIMEOUT_S)

    def copy(self, source: str, target: str, generation: int) -> None:
        """Copy one generation of an object inside Cloud Storage; bytes do not pass through this process.

        Raises:
            RetuneError: `STORAGE-NOT-FOUND`, the generation is gone.
        """
        from google.api_core.exceptions import NotFound

        blob, token = self._blob(target), None
        try:
            while True:
                token, _, _ = blob.rewrite(self._blob(source, generation), token=token, timeout=REQUEST_TIMEOUT_S)
                if token is None:
                    return
        except NotFound as error:
            raise _not_found(source) from error

    def exists(self, uri: str) -> bool:
        """Whether the object exists."""
        return bool(self._blob(uri).exists(timeout=REQUEST_TIMEOUT_S))

    def list(self, prefix_uri: str, *, patience_s: float = PATIENCE_S) -> Iterator[StoredObject]:
        """The objects under a `gs://bucket/prefix`, in name order.

        Args:
            prefix_uri: What their addresses begin with.
            patience_s: How long a service that does not answer is asked again.
        """
        from google.cloud.storage.retry import DEFAULT_RETRY

        bucket, prefix = split_uri(prefix_uri)
        patient = DEFAULT_RETRY.with_timeout(patience_s)
        for blob in self._client.list_blobs(bucket, prefix=prefix, timeout=REQUEST_TIMEOUT_S, retry=patient):
            written_at = blob.updated.timestamp()
            yield StoredObject(f"gs://{bucket}/{blob.name}", int(blob.size), int(blob.generation), written_at)

    def delete(self, uri: str, *, if_generation_match: int | None = None) -> None:
        """Delete the object; no error when it is gone already, or is not at the generation that it must have."""
        from google.api_core.exceptions import NotFound
        from google.api_core.exceptions import PreconditionFailed as Refused

        try:
            self._blob(uri).delete(if_generation_match=if_generation_match, timeout=REQUEST_TIMEOUT_S)
        except (NotFound, Refused):
            return

    def ensure_bucket(self, bucket: str, location: str) -> None:
        """Create the bucket unless it exists."""
        from google.api_core.exceptions import Conflict

        if self._client.lookup_bucket(bucket, timeout=REQUEST_TIMEOUT_S) is None:
            try:
                self._client.create_bucket(bucket, location=location, timeout=REQUEST_TIMEOUT_S)
            except Conflict:
                return


def _not_found(uri: str) -> RetuneError:
    return service_error("STORAGE-NOT-FOUND", "there is no such object", "check the address and access rights", uri)
