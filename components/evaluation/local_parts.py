"""Parts of records in a folder of this machine, with the preconditions of Cloud Storage."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from components.gcp.storage import PreconditionFailed


@dataclass(frozen=True)
class LocalPart:
    """A stored part; `uri` is its path."""

    uri: str


class LocalParts:
    """Stores parts as files; addresses are paths."""

    def list(self, prefix_uri: str) -> Iterator[LocalPart]:
        """The files below a folder, whose path ends with a slash."""
        return (LocalPart(str(path)) for path in sorted(Path(prefix_uri).glob("*")))

    def read(self, uri: str) -> bytes:
        """The file's bytes."""
        return Path(uri).read_bytes()

    def write(
        self, uri: str, data: bytes, *, if_generation_match: int | None = None, content_type: str = "application/json"
    ) -> int:
        """Store the bytes whole or not at all; with `if_generation_match=0` only where there is no such file.

        Raises:
            PreconditionFailed: There is one.
        """
        path = Path(uri)
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".part-", delete=False) as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        partial = Path(file.name)
        try:
            if if_generation_match == 0:
                # A link is made only where there is no such name: a rename would replace what another one wrote.
                path.hardlink_to(partial)
            else:
                partial.replace(path)
        except FileExistsError as error:
            raise PreconditionFailed(uri) from error
        finally:
            partial.unlink(missing_ok=True)
        return 1
