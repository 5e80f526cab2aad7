"""What the pass over files needs of the place where they are stored."""

from __future__ import annotations

from typing import Protocol

NOT_THERE = {
    "STORAGE-NOT-FOUND": "there is no such object",
    "STORAGE-FORBIDDEN": "the object may not be read",
    "STORAGE-URI": "this is not the address of an object",
}
"""Codes of errors that say something about one file, and what they say; any other is a failure of the storage."""


class FileMetadata(Protocol):
    """What is known of a stored file without reading it."""

    @property
    def size(self) -> int:
        """Bytes."""
        ...

    @property
    def content_type(self) -> str:
        """The MIME type that it was stored with; empty when none was given."""
        ...

    @property
    def generation(self) -> int:
        """Names these very bytes."""
        ...


class StoredFiles(Protocol):
    """Where files with `gs://` addresses lie."""

    def metadata(self, uri: str) -> FileMetadata:
        """The file's metadata.

        Raises:
            RetuneError: With a code of `NOT_THERE`, or because the storage failed.
        """
        ...

    def read_range(self, uri: str, generation: int, start: int, stop: int) -> bytes:
        """The bytes from `start` to before `stop`, or to the file's end.

        Raises:
            RetuneError: In the same way.
        """
        ...
