"""Asking, killing, asking again, and looking at what is there in the end."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import threading
from collections import Counter
from pathlib import Path

import httpx
import msgspec
import pytest

from components.evaluation.rows import Row, RowStore
from components.gcp import clients
from components.gcp.storage import Storage
from local_vertex import server as servers
from tests.lost_answers.ask_once import ANSWERS, BUCKET, PROJECT, cost, examples, name

ROOT = Path(__file__).parents[2]
LONGEST_S = 1.0
PATH = ":generateContent"
FAULTS = [
    {"action": "status", "status": 429, "retry_after_s": 0.2, "rate": 0.20},
    {"action": "status", "status": 503, "rate": 0.05 / 0.8},
    {"action": "lose_reply", "rate": 0.02},
    {"action": "cut_reply", "rate": 0.01},
    {"action": "reset", "rate": 0.01},
    {"action": "safety_block", "rate": 0.02},
    {"action": "empty_answer", "rate": 0.01},
]


def ask_and_kill(directory: Path, rows: int, kills: int, seed: int, patch: pytest.MonkeyPatch) -> Counter[str]:
    """Have a test set asked by processes of which so many are killed; what happened, counted.

    Args:
        directory: An empty folder.
        rows: Of the test set.
        kills: How many processes are killed at most.
        seed: Decides when.
        patch: Leads this process's clients to the server.

    Raises:
        AssertionError: A row is missing, there twice, another one's, or wrongly priced.
    """
    plan = directory / "faults.json"
    plan.write_text(json.dumps({"seed": seed, "faults": [{"path": PATH, **fault} for fault in FAULTS]}))
    server = servers.start(directory / "state", ephemeral=True, idle_shutdown_s=600, faults=plan)
    try:
        for key, value in server.environment().items():
            patch.setenv(key, value)
        clients.credentials.cache_clear()
        Storage(PROJECT).ensure_bucket(BUCKET, "us-central1")
        counts = Counter[str]({"kills": _ask_until_done(rows, kills, random.Random(seed))})
        return counts + check(rows, httpx.get(f"{server.base_url}/_faults").json()["faults"])
    finally:
        server.stop()
        clients.credentials.cache_clear()


def _ask_until_done(rows: int, kills: int, draw: random.Random) -> int:
    killed = 0
    while True:
        command = [sys.executable, "-m", "tests.lost_answers.ask_once", str(rows)]
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        with subprocess.Popen(command, env=environment, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            asking = process.stdout.readline()
            if killed == kills or not asking:
                assert process.wait() == 0
                return killed
            # Not to wait for something: the moment of the kill is what is tried.
            threading.Event().wait(draw.uniform(0, LONGEST_S))
            process.kill()
            killed += 1


def check(rows: int, faults: list[dict[str, object]]) -> Counter[str]:
    """Look at every stored row; what was found, counted."""
    wanted, storage = examples(rows), Storage(PROJECT)
    loaded = RowStore(storage, ANSWERS).load(wanted)
    assert [one.example_id for one in wanted if one.example_id not in loaded] == []
    assert len(loaded) == rows
    counts = Counter[str](rows=rows)
    for number, example in enumerate(wanted):
        row = loaded[example.example_id]
        assert row.request_hash == example.request_hash
        assert row.reference == name(number)
        # A refusal has no text; any text is this example's own.
        assert row.answer == (name(number) if row.answered else ""), (row.answer, number)
        assert row.cost_usd == cost(row.prompt_tokens, row.output_tokens)
        assert row.prompt_tokens > 0
        counts["answers"] += row.answered
        counts["refusals"] += not row.answered
        counts["asked more than once"] += row.attempts > 1
    for part in storage.list(ANSWERS):
        counts["parts"] += 1
        for line in storage.read(part.uri).splitlines():
            stored = msgspec.json.decode(line, type=Row)
            counts["stored rows"] += 1
            assert stored.settled or stored.attempts == 20
    assert counts["stored rows"] >= rows
    counts.update({f"fault: {one['action']} {one['status']}": int(str(one["fired"])) for one in faults})
    return counts
