"""Looks at objects of Cloud Storage whose addresses come from anywhere: what they are, and parts of their bytes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from components.errors import RetuneError, service_error
from components.gcp.clients import REQUEST_TIMEOUT_S, storage_client
from components.gcp.service_errors import as_service_error
from components.gcp.storage import split_uri

if TYPE_CHECKING:
    from google.cloud.storage import Blob

_BUCKET_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{1,220}[a-z0-9]")
"""Whatever else stood there would end up in the path of a request
(https://cloud.google.com/storage/docs/buckets#naming)."""


@dataclass(frozen=True)
class ObjectMetadata:
    """What Cloud Storage says of one object without reading it.

    Attributes:
        size: Bytes.
        content_type: The MIME type that it was stored with; empty when none was given.
        generation: The object's current generation.
    """

    size: int
    content_type: str
    generation: int


class ObjectLookup:
    """Looks up objects with the rights of a project's account; for one thread.

    Every method tells what is wrong with one object from what is wrong with the service.
    """

    def __init__(self, project: str) -> None:
        try:
            self._client = storage_client(project)
        except Exception:
            # Its imports take a second, which only a failure is worth.
            with as_service_error("connecting to Cloud Storage"):
                raise

    def metadata(self, uri: str) -> ObjectMetadata:
        """The object's metadata; nothing of its content is fetched.

        Raises:
            RetuneError: `STORAGE-URI`, `STORAGE-NOT-FOUND`, `STORAGE-FORBIDDEN`; of other failures see
                `as_service_error`.
        """
        with _about_the_object("looking up an object", uri):
            blob = self._blob(uri)
            blob.reload(timeout=REQUEST_TIMEOUT_S)
        return ObjectMetadata(int(blob.size), blob.content_type or "", int(blob.generation))

    def read_range(self, uri: str, generation: int, start: int, stop: int) -> bytes:
        """The bytes of one generation from `start` to before `stop`, or to its end.

        Raises:
            RetuneError: As `metadata`.
        """
        with _about_the_object("reading a part of an object", uri):
            data: bytes = self._blob(uri, generation).download_as_bytes(
                start=start, end=stop - 1, raw_download=True, checksum=None, timeout=REQUEST_TIMEOUT_S
            )
        return data

    def _blob(self, uri: str, generation: int | None = None) -> Blob:
        bucket, name = split_uri(uri)
        if not name or not _BUCKET_NAME.fullmatch(bucket):
            raise _no_address(uri)
        return self._client.bucket(bucket).blob(name, generation=generation)


@contextmanager
def _about_the_object(doing: str, uri: str) -> Iterator[None]:
    from google.api_core.exceptions import BadRequest, Forbidden, NotFound

    try:
        yield
    except NotFound as error:
        raise service_error(
            "STORAGE-NOT-FOUND", "there is no such object", "check the address and access rights", uri
        ) from error
    except Forbidden as error:
        raise service_error(
            "STORAGE-FORBIDDEN", "the object may not be read", "grant the account the right to read it", uri
        ) from error
    except BadRequest as error:
        raise _no_address(uri) from error
    except Exception:
        with as_service_error(doing, uri):
            raise


def _no_address(uri: str) -> RetuneError:
    return service_error(
        "STORAGE-URI", "not the address of an object in Cloud Storage", "write it as gs://bucket/path", uri
    )
