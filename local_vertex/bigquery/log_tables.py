"""Tables of request-response logs, each a JSONL file in the state directory.

A row has the columns that the service writes and the query reads: `logging_time` (RFC 3339), `request_id`,
`full_request` and `full_response` (JSON). Source: the service's page "Log requests and responses".
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from local_vertex.calls import Json

FOLDER = "bigquery"
TABLE_NAME = re.compile(r"[a-z0-9.:-]+\.[A-Za-z0-9_]+\.[A-Za-z0-9_-]+")
_COLUMNS = ("sample_key", "full_request", "full_response")
DAY_S = 86_400


class LogTables:
    """The tables of one server.

    Args:
        directory: State directory.
    """

    def __init__(self, directory: Path) -> None:
        self._folder = directory / FOLDER

    def sample(self, table: str, seed: str, days: int, rows: int, now: datetime) -> list[list[str | None]] | None:
        """The rows that the query draws, with its columns; None when there is no such table.

        Args:
            table: `PROJECT.DATASET.TABLE`.
            seed: Of the draw.
            days: Only what was logged in the last so many days.
            rows: At most so many.
            now: The time of the query.
        """
        file = self._folder / f"{table}.jsonl"
        if not TABLE_NAME.fullmatch(table) or not file.is_file():
            return None
        recent = [
            row for row in _rows(file) if row.get("full_request") is not None and _age_s(row, now) <= days * DAY_S
        ]
        drawn = sorted(([_key(seed, row), *_texts(row)] for row in recent), key=lambda one: str(one[0]))
        return drawn[:rows]


def schema() -> Json:
    """The schema of the query's result."""
    return {"fields": [{"name": name, "type": "STRING", "mode": "NULLABLE"} for name in _COLUMNS]}


def _rows(file: Path) -> Iterator[Json]:
    with file.open(encoding="utf-8") as lines:
        for line in lines:
            if line.strip():
                yield json.loads(line)


def _age_s(row: Json, now: datetime) -> float:
    return (now - datetime.fromisoformat(row["logging_time"]).astimezone(UTC)).total_seconds()


def _key(seed: str, row: Json) -> str:
    """`TO_JSON_STRING` of the struct, as compact JSON in the order of its fields."""
    struct = {"seed": seed, "logging_time": row["logging_time"], "request_id": row.get("request_id")}
    return hashlib.sha256(json.dumps(struct, separators=(",", ":"), ensure_ascii=False).encode()).hexdigest()


def _texts(row: Json) -> list[str | None]:
    """`TO_JSON_STRING` of the two columns; of a column without a value it is the text `null`."""
    return [json.dumps(row.get(name), separators=(",", ":"), ensure_ascii=False) for name in _COLUMNS[1:]]
