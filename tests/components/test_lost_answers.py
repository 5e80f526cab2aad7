"""Rows: on a service that fails and with processes that are killed, every row is there once and is its own."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.lost_answers.rounds import ask_and_kill


def test_rows_survive_faults_and_kills(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    counts = ask_and_kill(tmp_path, rows=300, kills=2, seed=3, patch=monkeypatch)
    assert counts["answers"] + counts["refusals"] == 300
    assert counts["refusals"] > 0 < counts["asked more than once"]
    assert counts["fault: lose_reply 503"] > 0 < counts["fault: status 429"]
