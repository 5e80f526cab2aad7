"""Where logged prompts come from: a JSONL file in Cloud Storage or on this machine, or the log table in BigQuery."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from components.errors import RetuneError, configuration_error, dataset_error
from components.evaluation.requests import TestExample
from components.gcp.bigquery import BigQuery
from components.gcp.storage import Storage
from components.shadow.logged_prompts import drawn_lines, prompt_of_line
from components.shadow.settings import ShadowLimits

_TABLE = re.compile(r"bq://([a-z0-9.:-]+)\.([A-Za-z0-9_]+)\.([A-Za-z0-9_-]+)")

STATEMENT = """\
SELECT
  TO_HEX(SHA256(TO_JSON_STRING(STRUCT(@seed AS seed, logging_time, request_id)))) AS sample_key,
  TO_JSON_STRING(full_request) AS full_request,
  TO_JSON_STRING(full_response) AS full_response
FROM `{table}`
WHERE full_request IS NOT NULL
  AND logging_time >= TIMESTAMP_SUB(CURRENT_TIMESTAMP(), INTERVAL @days DAY)
ORDER BY sample_key
LIMIT {rows}
"""
"""Draws as `drawn_lines` does: a table that grows keeps most of its sample."""


@dataclass(frozen=True)
class PromptSample:
    """Logged prompts that were drawn.

    Attributes:
        prompts: What is asked, with the logged answer as the reference; empty where none was logged.
        unreadable: Drawn rows that cannot be replayed.
    """

    prompts: list[TestExample]
    unreadable: int


def draw_prompts(source: str, storage: Storage, project: str, seed: int, limits: ShadowLimits) -> PromptSample:
    """A seeded sample of the source; the same source and seed give the same sample.

    Args:
        source: `gs://` address or path of a JSONL file, or `bq://PROJECT.DATASET.TABLE`.
        storage: Cloud Storage.
        project: Project that pays for the query.
        seed: Of the sample, and of requests that were sent without one.
        limits: How many rows; how old in a table.

    Raises:
        RetuneError: `SHADOW-SOURCE`, there is no such source; `SHADOW-PROMPTS`, nothing in it can be replayed.
    """
    if source.startswith("bq://"):
        drawn = _drawn_rows(source, project, seed, limits)
    else:
        drawn = _drawn_of_file(source, storage, seed, limits)
    found = [prompt_of_line(key, line, seed) for key, line in drawn]
    prompts = [one for one in found if one is not None]
    if not prompts:
        raise dataset_error(
            "SHADOW-PROMPTS",
            f"none of {len(found)} logged rows can be replayed",
            "give rows with full_request, batch output lines with request, or requests with contents",
            source,
        )
    return PromptSample(prompts, len(found) - len(prompts))


def _drawn_rows(source: str, project: str, seed: int, limits: ShadowLimits) -> list[tuple[str, bytes]]:
    parts = _TABLE.fullmatch(source)
    if parts is None:
        raise _no_source(source)
    statement = STATEMENT.format(table=".".join(parts.groups()), rows=limits.rows)
    rows = BigQuery(project).query(statement, {"seed": str(seed), "days": limits.days})
    return [
        (row["sample_key"], b'{"full_request":%b,"full_response":%b}' % (_json(row, "request"), _json(row, "response")))
        for row in rows
    ]


def _json(row: dict[str, str | None], what: str) -> bytes:
    return (row[f"full_{what}"] or "null").encode()


def _drawn_of_file(source: str, storage: Storage, seed: int, limits: ShadowLimits) -> list[tuple[str, bytes]]:
    if source.startswith("gs://"):
        if not storage.exists(source):
            raise _no_source(source)
        with storage.open(source) as lines:
            return drawn_lines(lines, limits.rows, seed)
    if not Path(source).is_file():
        raise _no_source(source)
    with Path(source).open("rb") as lines:
        return drawn_lines(lines, limits.rows, seed)


def _no_source(source: str) -> RetuneError:
    return configuration_error(
        "SHADOW-SOURCE",
        "there are no logged prompts at this address",
        "give a JSONL file, gs://BUCKET/FILE.jsonl, or bq://PROJECT.DATASET.TABLE",
        source[:200],
    )
