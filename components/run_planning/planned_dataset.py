"""The dataset as planning reads it: a snapshot in the bucket, or files that no run has copied yet."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from components.dataset_validation.lines.line_stream import BinarySource
from components.dataset_validation.snapshot import Snapshot
from components.dataset_validation.validate import read_snapshot
from components.gcp.storage import Storage


@dataclass(frozen=True)
class PlannedDataset:
    """A validated dataset.

    Attributes:
        snapshot: Its sizes and digests; its addresses need not exist yet.
        source: Opens the file of a split.
        media_files: Files that its examples name, by split.
    """

    snapshot: Snapshot
    source: Callable[[str], BinarySource]
    media_files: dict[str, int]


def stored_dataset(storage: Storage, snapshot_uri: str) -> PlannedDataset:
    """The dataset of a snapshot.

    Raises:
        RetuneError: `DATA-SNAPSHOT`, there is no complete snapshot.
    """
    snapshot = read_snapshot(storage, snapshot_uri)
    facts = json.loads(storage.read(snapshot.facts_uri))
    return PlannedDataset(
        snapshot=snapshot,
        source=lambda split: partial(storage.open, snapshot.splits[split].uri),
        media_files={split: int(found["media_files"]) for split, found in facts["splits"].items()},
    )
