"""The bytes of objects: one file per generation, which never changes, and files of content on its way in."""

from __future__ import annotations

import os
from collections.abc import Collection
from pathlib import Path
from tempfile import mkstemp

from local_vertex.calls import Json


class ContentFiles:
    """One folder.

    Args:
        directory: The folder, created when missing.
    """

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        directory.mkdir(parents=True, exist_ok=True)

    def keep_only(self, names: Collection[str]) -> None:
        """Remove what a killed server left: every file that is not named."""
        for file in self._directory.iterdir():
            if file.name not in names:
                file.unlink()

    def new_file(self) -> Path:
        """An empty file for content on its way in."""
        descriptor, name = mkstemp(prefix="incoming-", dir=self._directory)
        os.close(descriptor)
        return Path(name)

    def file(self, name: str) -> Path:
        """The file of this name."""
        return self._directory / name

    def of(self, resource: Json) -> Path:
        """The file of an object's generation."""
        return self._directory / str(resource["generation"])

    def place(self, incoming: Path, resource: Json) -> None:
        """Give a generation its bytes.

        The incoming file keeps its name until its owner removes it: a kill before the generation has its row must not
        cost a resumable upload what has arrived.
        """
        os.link(incoming, self.of(resource))
