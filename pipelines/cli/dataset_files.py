"""The files that a command is given: local paths, globs, `gs://` addresses, or standard input."""

from __future__ import annotations

import atexit
import glob
import os
import re
import shutil
import sys
import tempfile
from collections.abc import Sequence
from fnmatch import fnmatch
from functools import partial
from pathlib import Path

from components.dataset_validation.lines.data_file import DataFile, local_file
from components.errors import configuration_error

SPLIT_WORDS = {
    "validation": ("validation", "valid", "val", "dev"),
    "test": ("test", "eval", "holdout"),
    "train": ("train", "training"),
}


def open_files(patterns: Sequence[str], project: str | None = None) -> list[DataFile]:
    """The files that patterns stand for, in the order of the patterns and then of their names.

    Args:
        patterns: Local paths, globs, `gs://bucket/path` with or without `*`, and `-` for standard input.
        project: Google Cloud project for `gs://`; the environment's by default.

    Raises:
        RetuneError: `CONFIG-NO-FILE`, a pattern or path stands for no file; `STORAGE-NOT-FOUND`.
    """
    files: list[DataFile] = []
    for pattern in patterns:
        if pattern == "-":
            files.append(_standard_input())
        elif pattern.startswith("gs://"):
            files += _stored(pattern, project)
        else:
            files += [local_file(path) for path in _local(pattern)]
    return files


def assign_splits(
    files: Sequence[DataFile],
    train: Sequence[DataFile] = (),
    validation: Sequence[DataFile] = (),
    test: Sequence[DataFile] = (),
) -> dict[str, list[DataFile]]:
    """The files of each split, in the order train, validation, test.

    A file without an option of its own belongs to the split that its name says as a word (`train`, `val`, `test`, ...),
    and to `train` when it says none.
    """
    splits: dict[str, list[DataFile]] = {"train": [*train], "validation": [*validation], "test": [*test]}
    for file in files:
        splits[split_of(file.name)].append(file)
    return {split: named for split, named in splits.items() if named}


def split_of(name: str) -> str:
    """The split that a file's name says."""
    words = re.split(r"[^a-z]+", name.rsplit("/", 1)[-1].lower())
    return next((split for split, known in SPLIT_WORDS.items() if any(word in known for word in words)), "train")


def _local(pattern: str) -> list[Path]:
    path = Path(pattern)
    if path.is_dir():
        raise configuration_error(
            "CONFIG-NO-FILE", "this is a directory", f"name its files, such as '{path / '*.jsonl'}'", pattern
        )
    if path.exists():
        return [path]
    found = [Path(one) for one in sorted(glob.glob(pattern, recursive=True)) if Path(one).is_file()]  # noqa: PTH207 - absolute too
    if not found:
        raise configuration_error("CONFIG-NO-FILE", "there is no such file", "check the path", pattern)
    return found


def cloud_project(project: str | None, where: str) -> str:
    """The project whose rights are used for Cloud Storage, by default the environment's.

    Raises:
        RetuneError: `CONFIG-PROJECT`, there is none.
    """
    name = project or os.environ.get("GOOGLE_CLOUD_PROJECT", "")
    if not name:
        raise configuration_error(
            "CONFIG-PROJECT", "no project for Cloud Storage is known", "set GOOGLE_CLOUD_PROJECT or --project", where
        )
    return name


def _stored(pattern: str, project: str | None) -> list[DataFile]:
    from components.gcp.storage import Storage

    storage = Storage(cloud_project(project, pattern))
    if "*" in pattern:
        listed = [one for one in storage.list(pattern.partition("*")[0]) if fnmatch(one.uri, pattern)]
        if not listed:
            raise configuration_error("CONFIG-NO-FILE", "no object has such a name", "check the address", pattern)
        found = [(one.uri, one.generation, one.size) for one in listed]
    else:
        found = [(pattern, storage.generation(pattern), 0)]
    # The generation is pinned, so a file that is read twice is the same file twice.
    return [
        DataFile(uri, partial(storage.open, uri, generation), None, size or None) for uri, generation, size in found
    ]


def _standard_input() -> DataFile:
    """Standard input, kept in a temporary file so that it can be read more than once."""
    handle, name = tempfile.mkstemp(prefix="retune-", suffix=".jsonl")
    atexit.register(lambda: Path(name).unlink(missing_ok=True))
    with os.fdopen(handle, "wb") as spool:
        shutil.copyfileobj(sys.stdin.buffer, spool)
    return local_file(Path(name), "standard input")
