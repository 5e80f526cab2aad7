"""Queries of BigQuery over its REST API, page by page.

Source: https://cloud.google.com/bigquery/docs/reference/rest/v2/jobs/query and `jobs/getQueryResults`: the only two
methods that are needed of it.
"""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from components.gcp.clients import REQUEST_TIMEOUT_S
from components.gcp.google_http import repeating_session
from components.gcp.service_errors import as_service_error

if TYPE_CHECKING:
    from requests import Session

HOST = "https://bigquery.googleapis.com"
PAGE_ROWS = 500
PAGE_WAIT_MS = 60_000
ATTEMPTS = 5
PAUSE_S = 0.5


class BigQuery:
    """Asks BigQuery; a query that takes long is waited for.

    Args:
        project: Project that pays for the query.
    """

    def __init__(self, project: str) -> None:
        self._address = f"{os.environ.get('BIGQUERY_EMULATOR_HOST') or HOST}/bigquery/v2/projects/{project}/queries"
        # Every request may be repeated, see `requestId`.
        self._session: Session = repeating_session(ATTEMPTS, PAUSE_S, PAUSE_S)

    def query(self, statement: str, parameters: dict[str, str | int], *, page_rows: int = PAGE_ROWS) -> Iterator[Any]:
        """The rows of a query, as objects by column name whose values are texts or None.

        Args:
            statement: GoogleSQL with `@name` where parameters belong.
            parameters: Values by name.
            page_rows: Rows per page at most.

        Raises:
            RetuneError: `SERVICE-…`.
        """
        asked = {
            "query": statement,
            "useLegacySql": False,
            "parameterMode": "NAMED",
            "queryParameters": [_parameter(name, value) for name, value in parameters.items()],
            "maxResults": page_rows,
            "timeoutMs": PAGE_WAIT_MS,
            # The service answers a repeated request with the same identifier from the same job.
            "requestId": uuid.uuid4().hex,
        }
        page = self._send("POST", self._address, json=asked)
        columns = [field["name"] for field in page.get("schema", {}).get("fields", [])]
        while True:
            for row in page.get("rows", []):
                yield dict(zip(columns, [cell["v"] for cell in row["f"]], strict=True))
            token = page.get("pageToken", "")
            if page["jobComplete"] and not token:
                return
            job = page["jobReference"]
            wanted: dict[str, Any] = {"maxResults": page_rows, "timeoutMs": PAGE_WAIT_MS}
            wanted |= _if_any("location", job.get("location", "")) | _if_any("pageToken", token)
            page = self._send("GET", f"{self._address}/{job['jobId']}", params=wanted)
            columns = columns or [field["name"] for field in page.get("schema", {}).get("fields", [])]

    def _send(self, method: str, address: str, **request: Any) -> Any:
        from google.api_core.exceptions import from_http_response

        with as_service_error("querying BigQuery"):
            reply = self._session.request(method, address, timeout=REQUEST_TIMEOUT_S, **request)
            if reply.status_code != 200:
                raise from_http_response(reply)
            return reply.json()


def _parameter(name: str, value: str | int) -> dict[str, Any]:
    kind = "INT64" if isinstance(value, int) else "STRING"
    return {"name": name, "parameterType": {"type": kind}, "parameterValue": {"value": str(value)}}


def _if_any(name: str, value: str) -> dict[str, str]:
    return {name: value} if value else {}
