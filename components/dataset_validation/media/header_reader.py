"""Fetches the parts of a file that say what it holds, and has them read in another process."""

from __future__ import annotations

import multiprocessing
import threading
from typing import TYPE_CHECKING

from components.dataset_validation.media.contents import MAX_SECONDS, Contents, limit_process, read_contents
from components.dataset_validation.media.stored_files import FileMetadata, StoredFiles

if TYPE_CHECKING:
    from multiprocessing.pool import Pool

EDGE_BYTES = 2 << 20
"""Fetched of the beginning and of the end of a file; smaller files than both are fetched whole."""
MAX_WHOLE_BYTES = 32 << 20
"""Documents, and Ogg files, whose length stands in their last page and whose pages are found one after the other."""
PROCESSES = 2


class HeaderReader:
    """Reads what files say of themselves; may be used from several threads."""

    def __init__(self) -> None:
        self._pool: Pool | None = None
        self._mutex = threading.Lock()

    def read(self, files: StoredFiles, uri: str, metadata: FileMetadata, modality: str) -> Contents:
        """What a stored file says of itself.

        Raises:
            RetuneError: It could not be fetched.
        """
        size, generation = metadata.size, metadata.generation
        head = files.read_range(uri, generation, 0, size if size <= 2 * EDGE_BYTES else EDGE_BYTES)
        tail = b""
        if len(head) < size:
            if modality == "document" or head.startswith(b"OggS"):
                if size > MAX_WHOLE_BYTES:
                    return Contents(problem=f"it has more than {MAX_WHOLE_BYTES >> 20} MiB, which are not fetched")
                head += files.read_range(uri, generation, len(head), size)
            elif modality != "image":
                tail = files.read_range(uri, generation, size - EDGE_BYTES, size)
        return self._in_process(modality, head, tail, size)

    def close(self) -> None:
        """End the processes, whatever they are doing."""
        if self._pool is not None:
            self._pool.terminate()

    def _in_process(self, modality: str, head: bytes, tail: bytes, size: int) -> Contents:
        with self._mutex:
            if self._pool is None:
                self._pool = multiprocessing.get_context("spawn").Pool(PROCESSES, limit_process)
        job = self._pool.apply_async(read_contents, (modality, head, tail, size))
        try:
            # Each of the threads may have to wait for the others' files; a process that died answers never.
            return job.get(MAX_SECONDS * 6)
        except multiprocessing.TimeoutError:
            return Contents(problem="reading it ended without an answer")
