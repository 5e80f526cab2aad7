"""An object that is read as it was when reading began."""

from __future__ import annotations

import io
from typing import Any

from components.errors import service_error
from components.gcp.service_errors import as_service_error


class PinnedObject(io.RawIOBase):
    """A stored object as a raw stream that says when the object was replaced while it was read."""

    def __init__(self, reader: Any, uri: str) -> None:
        self._reader = reader
        self._uri = uri

    def readable(self) -> bool:
        """It is."""
        return True

    def readinto(self, buffer: Any) -> int:
        """The next bytes.

        Raises:
            RetuneError: `STORAGE-REPLACED`, or the service failed.
        """
        from google.api_core.exceptions import NotFound

        try:
            data: bytes = self._reader.read(len(buffer))
        except NotFound as error:
            raise service_error(
                "STORAGE-REPLACED",
                "the object was replaced or deleted while it was read",
                "start again: what is there now will be read",
                self._uri,
            ) from error
        except Exception:
            with as_service_error("reading the object", self._uri):
                raise
        buffer[: len(data)] = data
        return len(data)
