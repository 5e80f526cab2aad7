"""BigQuery's `jobs.query` and `jobs.getQueryResults` for that one query; any other SQL is refused.

Source: https://cloud.google.com/bigquery/docs/reference/rest/v2/jobs/query
"""

from __future__ import annotations

import json
import re
import uuid
from datetime import UTC, datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from local_vertex.bigquery.log_tables import LogTables, schema
from local_vertex.calls import Json, ServiceError
from local_vertex.context import Context
from local_vertex.http_api.auth import require_bearer

PREFIX = "/bigquery/v2"
_JOBS_KEPT = 20
_LOCATION = "US"
_BODY = {"query", "useLegacySql", "parameterMode", "queryParameters", "maxResults", "timeoutMs", "requestId"}
_PATH = re.compile(PREFIX + r"/projects/(?P<project>[^/]+)/queries(?:/(?P<job>[^/]+))?")
_STATEMENT = re.compile(
    r"SELECT TO_HEX\(SHA256\(TO_JSON_STRING\(STRUCT\(@seed AS seed, logging_time, request_id\)\)\)\) AS sample_key, "
    r"TO_JSON_STRING\(full_request\) AS full_request, TO_JSON_STRING\(full_response\) AS full_response "
    r"FROM `(?P<table>[^`]+)` WHERE full_request IS NOT NULL "
    r"AND logging_time >= TIMESTAMP_SUB\(CURRENT_TIMESTAMP\(\), INTERVAL @days DAY\) "
    r"ORDER BY sample_key LIMIT (?P<rows>\d+)"
)


class Queries:
    """Answers every request below `PREFIX`.

    Args:
        context: Shared state.
    """

    def __init__(self, context: Context) -> None:
        self._tables = LogTables(context.directory)
        self._jobs: dict[str, list[list[str | None]]] = {}

    async def answer(self, request: Request) -> Response:
        """The reply, in BigQuery's error shape when it is a refusal."""
        try:
            require_bearer(request.headers.get("authorization", ""))
            return JSONResponse(await self._answer(request))
        except ServiceError as error:
            reason = {"code": error.code, "message": error.message, "status": error.status}
            errors = [{"message": error.message, "domain": "global", "reason": "invalidQuery"}]
            return JSONResponse({"error": {**reason, "errors": errors}}, error.code)

    async def _answer(self, request: Request) -> Json:
        path = _PATH.fullmatch(request.url.path)
        match request.method, path and path["job"]:
            case "POST", None if path:
                body = _object(await request.body())
                # A repeated request is the same job.
                job = f"job_{body.get('requestId') or uuid.uuid4().hex}"
                if job not in self._jobs:
                    self._keep(job, self._run(body))
                return self._page(path["project"], job, 0, int(body.get("maxResults") or 10_000))
            case "GET", str(job) if path and job in self._jobs:
                asked = request.query_params
                start = int(asked.get("pageToken") or 0)
                return self._page(path["project"], job, start, int(asked.get("maxResults") or 10_000))
        raise ServiceError(404, "NOT_FOUND", f"local Vertex has no such query: {request.method} {request.url.path}")

    def _run(self, body: Json) -> list[list[str | None]]:
        unknown = sorted(body.keys() - _BODY)
        if unknown or body.get("useLegacySql") is not False:
            raise ServiceError(400, "INVALID_ARGUMENT", f"unknown fields {unknown}, or legacy SQL")
        statement = _STATEMENT.fullmatch(" ".join(str(body.get("query", "")).split()))
        if statement is None:
            raise ServiceError(
                400,
                "INVALID_ARGUMENT",
                "local Vertex runs one query only, the sample of a table of request-response logs",
            )
        parameters = _parameters(body)
        found = self._tables.sample(
            statement["table"],
            str(parameters["seed"]),
            int(parameters["days"]),
            int(statement["rows"]),
            datetime.now(UTC),
        )
        if found is None:
            raise ServiceError(404, "NOT_FOUND", f"Not found: Table {statement['table']}")
        return found

    def _keep(self, job: str, rows: list[list[str | None]]) -> None:
        while len(self._jobs) >= _JOBS_KEPT:
            self._jobs.pop(next(iter(self._jobs)))
        self._jobs[job] = rows

    def _page(self, project: str, job: str, start: int, most: int) -> Json:
        rows = self._jobs[job]
        page: Json = {
            "kind": "bigquery#queryResponse",
            "schema": schema(),
            "jobReference": {"projectId": project, "jobId": job, "location": _LOCATION},
            "totalRows": str(len(rows)),
            "rows": [{"f": [{"v": value} for value in row]} for row in rows[start : start + most]],
            "jobComplete": True,
        }
        if start + most < len(rows):
            page["pageToken"] = str(start + most)
        return page


def _object(content: bytes) -> Json:
    try:
        found: Any = json.loads(content)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise ServiceError(400, "INVALID_ARGUMENT", "a query is a JSON object")
    return found


def _parameters(body: Json) -> dict[str, str]:
    """The query's two parameters.

    Raises:
        ServiceError: 400, others are given or one is missing.
    """
    try:
        found = {str(one["name"]): str(one["parameterValue"]["value"]) for one in body["queryParameters"]}
        kinds = {str(one["name"]): one["parameterType"]["type"] for one in body["queryParameters"]}
    except (KeyError, TypeError):
        found, kinds = {}, {}
    if body.get("parameterMode") != "NAMED" or kinds != {"seed": "STRING", "days": "INT64"}:
        raise ServiceError(400, "INVALID_ARGUMENT", "the query has the parameters seed (STRING) and days (INT64)")
    return found
