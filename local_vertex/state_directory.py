"""What a server keeps in its state directory: how large it is, and how it is removed."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from local_vertex.http_api.auth import KEY_FILE
from local_vertex.server import LOG, RECORD
from local_vertex.state import FILE_NAME, LOCK_NAME, DirectoryLock

_FILES = (FILE_NAME, f"{FILE_NAME}-wal", f"{FILE_NAME}-shm", RECORD, LOG, f"{LOG}.1", KEY_FILE)
EPHEMERAL_PREFIX = "ephemeral-"
"""Begins the name of the folder that holds a state which ends with its server."""
_FOLDERS = ("objects", "tuning", "pipelineJobs", "batchPredictionJobs")


def size_of(directory: Path) -> int:
    """Bytes of all files below the directory; files that vanish meanwhile count nothing."""
    total = 0
    for folder, _, names in os.walk(directory):
        for name in names:
            try:
                total += Path(folder, name).lstat().st_size
            except FileNotFoundError:
                continue
    return total


def remove_state(directory: Path) -> None:
    """Remove what servers left in the directory, and nothing else that lies there.

    Raises:
        StateInUseError: A server uses it.
    """
    if not directory.is_dir():
        return
    lock = DirectoryLock(directory)
    try:
        for name in _FILES:
            (directory / name).unlink(missing_ok=True)
        for folder in (*(directory / name for name in _FOLDERS), *directory.glob(f"{EPHEMERAL_PREFIX}*")):
            # A link leads to what somebody else keeps.
            if folder.is_symlink():
                folder.unlink()
            else:
                shutil.rmtree(folder, ignore_errors=True)
        (directory / LOCK_NAME).unlink(missing_ok=True)
    finally:
        lock.release()
