"""Checkpoint files: NumPy arrays and JSON, never pickles."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

FORMAT = 2
"""1: free text was answered with the nearest training example."""
OLD = "The model was tuned by an older version of local Vertex; tune it again, or begin anew: `retune local reset`."
_META = "meta"


class OldCheckpointError(Exception):
    """The checkpoint has a form that is not read any more."""


def write_checkpoint(file: Path, meta: dict[str, Any], arrays: dict[str, Any]) -> None:
    """Write a checkpoint under its name only once it is whole."""
    unfinished = file.with_suffix(".part")
    encoded: Any = np.frombuffer(json.dumps({"format": FORMAT, **meta}, ensure_ascii=True).encode(), np.uint8)
    with unfinished.open("wb") as stream:
        np.savez(stream, allow_pickle=False, **{_META: encoded, **arrays})
    unfinished.replace(file)


def read_checkpoint(file: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """The JSON and the arrays of a checkpoint.

    Raises:
        OldCheckpointError: An older version wrote it.
    """
    with np.load(file, allow_pickle=False) as stored:
        arrays = {name: stored[name] for name in stored.files if name != _META}
        meta = json.loads(stored[_META].tobytes())
    if meta.get("format") != FORMAT:
        raise OldCheckpointError
    return meta, arrays
