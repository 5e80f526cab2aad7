"""What happened to the tasks of a pipeline run, as lines of a file that outlives every process of the run."""

from __future__ import annotations

import json
import os
from pathlib import Path

from local_vertex.calls import Json

FILE_NAME = "events.jsonl"
CANCEL_FILE_NAME = "cancel"
"""Present in the run's directory once the run is being cancelled; no task starts then."""


def append(directory: Path, event: Json) -> None:
    """Add one event; tasks that run at the same time do not disturb each other.

    Args:
        directory: The run's directory.
        event: A JSON object with `type` (`started` or `ended`) and `path`, see `task_launcher`.
    """
    line = json.dumps(event, separators=(",", ":")).encode() + b"\n"
    descriptor = os.open(directory / FILE_NAME, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        # One write per line: with O_APPEND the lines of several processes do not mix.
        os.write(descriptor, line)
    finally:
        os.close(descriptor)


def read(directory: Path) -> list[Json]:
    """All events of a run, oldest first; none when no task has started."""
    file = directory / FILE_NAME
    if not file.exists():
        return []
    # What follows the last line end was cut off by a kill.
    *lines, _torn = file.read_bytes().split(b"\n")
    return [json.loads(line) for line in lines]
