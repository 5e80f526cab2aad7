"""Logged prompts from files and from the log table: drawn alike, sent as they were, refused when they cannot be."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path

import httpx
import pytest

from components.errors import RetuneError
from components.gcp.bigquery import BigQuery
from components.gcp.ledger import Champion
from components.shadow.prompt_source import STATEMENT, draw_prompts
from components.shadow.settings import ShadowLimits
from components.shadow.shadow import run_shadow
from tests.components.releases.lines import Line
from tests.components.stand_ins import Faults


def test_a_sample_is_seeded_and_keeps_most_of_itself_when_the_file_grows(line: Line, logged: str) -> None:
    storage, project = line.step.storage, line.step.cloud.project
    limits = ShadowLimits(rows=20)
    first = draw_prompts(logged, storage, project, 7, limits)
    assert first == draw_prompts(logged, storage, project, 7, limits)
    assert first != draw_prompts(logged, storage, project, 8, limits)
    storage.write(logged, storage.read(logged) + storage.read(logged)[:2000])
    grown = draw_prompts(logged, storage, project, 7, limits)
    assert len({one.example_id for one in grown.prompts} & {one.example_id for one in first.prompts}) >= 18


def test_what_cannot_be_replayed_is_counted_and_a_missing_source_is_said(line: Line, serving: Champion) -> None:
    uri = f"{line.step.root}/odd.jsonl"
    odd = [b"{", b"[]", b'{"contents": []}', b'{"contents": [{"role": "user", "parts": "x"}]}', b'{"full_request": 5}']
    good = b'{"request": {"contents": [{"role": "user", "parts": [{"text": "question 1 about a"}]}]}}'
    line.step.storage.write(uri, b"\n".join([*odd, good]))
    sample = draw_prompts(uri, line.step.storage, line.step.cloud.project, 7, ShadowLimits(rows=10))
    assert (len(sample.prompts), sample.unreadable) == (1, 5)
    line.step.storage.write(uri, b"\n".join(odd))
    with pytest.raises(RetuneError, match="SHADOW-PROMPTS"):
        run_shadow(line.step, line.versions["b"], uri, ShadowLimits(rows=10))
    for missing in (f"{uri}x", "nowhere.jsonl", "bq://odd"):
        with pytest.raises(RetuneError, match="SHADOW-SOURCE"):
            run_shadow(line.step, line.versions["b"], missing, ShadowLimits(rows=10))


def test_a_request_may_be_spelt_with_underscores(line: Line) -> None:
    uri = f"{line.step.root}/underscores.jsonl"
    safety = [{"category": "HARM_CATEGORY_HARASSMENT", "threshold": "BLOCK_NONE"}]
    sent = {
        "contents": [{"role": "user", "parts": [{"text": "question 1 about a"}]}],
        "generation_config": {"temperature": 0.3},
        "safety_settings": safety,
        "tool_config": {"functionCallingConfig": {"mode": "NONE"}},
    }
    line.step.storage.write(uri, json.dumps(sent).encode())
    (prompt,) = draw_prompts(uri, line.step.storage, line.step.cloud.project, 7, ShadowLimits()).prompts
    assert prompt.request["generationConfig"] == {"temperature": 0.3, "seed": 7}
    assert prompt.request["safetySettings"] == safety
    assert prompt.request["toolConfig"] == sent["tool_config"]


def test_a_request_is_sent_as_it_was_but_for_thinking_and_labels(line: Line) -> None:
    uri = f"{line.step.root}/whole.jsonl"
    sent = {
        "contents": [{"role": "user", "parts": [{"text": "question 1 about a"}]}],
        "systemInstruction": {"parts": [{"text": "Be"}, {"text": "brief"}]},
        "generationConfig": {
            "temperature": 0.3,
            "maxOutputTokens": 9,
            "responseMimeType": "application/json",
            "thinkingConfig": {"thinkingBudget": 900},
        },
        "labels": {"user": "ada"},
        "safetySettings": [{"category": "HARM_CATEGORY_HARASSMENT", "threshold": "BLOCK_NONE"}],
    }
    line.step.storage.write(uri, json.dumps({"full_request": json.dumps(sent), "full_response": None}).encode())
    (prompt,) = draw_prompts(uri, line.step.storage, line.step.cloud.project, 7, ShadowLimits()).prompts
    assert prompt.request == {
        "contents": sent["contents"],
        "systemInstruction": "Be\nbrief",
        "generationConfig": {
            "temperature": 0.3, "maxOutputTokens": 9, "responseMimeType": "application/json", "seed": 7
        },
        "safetySettings": sent["safetySettings"],
    }  # fmt: skip
    assert prompt.reference == ""


@pytest.fixture
def table(line: Line) -> str:
    """A table with a row for each of the last 1,200 hours."""
    directory = Path(httpx.get(f"{os.environ['BIGQUERY_EMULATOR_HOST']}/healthz").json()["state_directory"])
    table = f"{line.step.cloud.project}.logs.{line.step.name}"
    now = time.time()
    rows = [
        {
            "logging_time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(now - number * 3600)),
            "request_id": number,
            "full_request": {"contents": [{"role": "user", "parts": [{"text": f"question {number} about a"}]}]},
            "full_response": {"candidates": [{"content": {"parts": [{"text": "a"}]}, "finishReason": "STOP"}]},
        }
        for number in range(1200)
    ]
    (directory / "bigquery").mkdir(exist_ok=True)
    file = directory / "bigquery" / f"{table}.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return table


def test_a_query_that_is_refused_for_now_is_repeated(line: Line, table: str, faults: Faults) -> None:
    faults.add(path="bigquery/v2", action="status", status=503, times=2)
    faults.add(path="bigquery/v2", action="lose_reply", nth=1)
    limits = ShadowLimits(rows=10)
    sample = draw_prompts(f"bq://{table}", line.step.storage, line.step.cloud.project, 7, limits)
    assert len(sample.prompts) == 10
    assert faults.fired()


@pytest.mark.parametrize(
    "statement",
    ["SELECT 1", "DROP TABLE `a.b.c`", STATEMENT.format(table="a.b.c", rows=5).replace("LIMIT", "-- LIMIT")],
)
def test_local_vertex_runs_no_other_query(line: Line, statement: str) -> None:
    with pytest.raises(RetuneError, match=r"SERVICE-REFUSED.*one query only"):
        list(BigQuery(line.step.cloud.project).query(statement, {"seed": "7", "days": 1}))


def test_the_table_of_logs_is_read_page_by_page_and_draws_the_same_rows(
    line: Line, serving: Champion, table: str
) -> None:
    storage, project = line.step.storage, line.step.cloud.project
    limits = ShadowLimits(rows=700, days=30)
    sample = draw_prompts(f"bq://{table}", storage, project, 7, limits)
    assert len(sample.prompts) == 700, "more than one page"
    assert {one.reference for one in sample.prompts} == {"a"}
    assert sample == draw_prompts(f"bq://{table}", storage, project, 7, limits)
    asked = {
        one.prompt_text() for one in draw_prompts(f"bq://{table}", storage, project, 7, ShadowLimits(rows=5000)).prompts
    }
    assert asked == {f"question {number} about a" for number in range(30 * 24)}, "the older ones are left out"
    with pytest.raises(RetuneError, match=r"SERVICE-REFUSED.*Not found: Table"):
        draw_prompts(f"bq://{table}x", storage, project, 7, limits)
    report, _ = run_shadow(line.step, line.versions["b"], f"bq://{table}", ShadowLimits(rows=40))
    assert report.rows == 40
