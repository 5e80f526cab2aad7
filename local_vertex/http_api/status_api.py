"""`/_status`: what the server has and what goes on, for `retune local status`."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from local_vertex.context import Context
from local_vertex.state import SCHEMA_VERSION
from local_vertex.version import VERSION

JOB_KINDS = ("pipelineJobs", "tuningJobs", "batchPredictionJobs")
_COUNTED = (*JOB_KINDS, "models", "endpoints", "schedules", "buckets")
_ENDED = ("SUCCEEDED", "FAILED", "CANCELLED", "EXPIRED")


def status_route(context: Context) -> Route:
    """`GET /_status`: versions, counts by kind, unfinished jobs and active schedules."""

    async def status(request: Request) -> Response:
        return JSONResponse(
            {
                "version": VERSION,
                "schema_version": SCHEMA_VERSION,
                "counts": {kind: _count(context, kind) for kind in _COUNTED},
                "unfinished": [job for kind in JOB_KINDS for job in _unfinished(context, kind)],
                "active_schedules": _count(context, "schedules", "ACTIVE"),
                "faults": len(context.faults.rules()),
                "clock_stands": context.clock.stands,
            }
        )

    return Route("/_status", status)


def _count(context: Context, kind: str, state: str = "") -> int:
    rows = context.state.execute(
        "SELECT count(*) FROM resources WHERE kind = ? AND (? = '' OR json_extract(body, '$.state') = ?)",
        (kind, state, state),
    )
    return int(rows[0][0])


def _unfinished(context: Context, kind: str) -> list[dict[str, str]]:
    rows = context.state.execute(
        "SELECT name, json_extract(body, '$.state') FROM resources WHERE kind = ? ORDER BY sequence", (kind,)
    )
    return [
        {"kind": kind, "name": name, "state": state}
        for name, state in rows
        if not state.endswith(tuple(f"_{end}" for end in _ENDED))
    ]
