"""What the console reads from the state: the newest records of a kind, without the specs that make them long."""

from __future__ import annotations

import json

from local_vertex.calls import Json
from local_vertex.state import State

_LONG = ("$.pipelineSpec", "$.runtimeConfig", "$.createPipelineJobRequest")


def newest(state: State, kind: str, limit: int) -> list[Json]:
    """The newest records of a kind in every project, without pipeline specs; newest first."""
    rows = state.execute(
        "SELECT json_remove(body, ?, ?, ?) FROM resources WHERE kind = ? ORDER BY sequence DESC LIMIT ?",
        (*_LONG, kind, limit),
    )
    return [json.loads(body) for (body,) in rows]


def total(state: State, kind: str) -> int:
    """How many records of a kind there are."""
    return int(state.execute("SELECT count(*) FROM resources WHERE kind = ?", (kind,))[0][0])
