"""`retune evaluate`: any models on any file, against local Vertex."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from components.errors import RetuneError
from local_vertex.server import RunningServer
from pipelines.cli.main import app

PROJECT = "evaluate-command"
LABELS = ("card_arrival", "pin_blocked", "top_up_failed")


def example(number: int) -> str:
    label = LABELS[number % 3]
    instruction = "Answer with exactly one of these names:\n" + "\n".join(LABELS)
    turns = [("user", f"{label.replace('_', ' ')} {number}"), ("model", label if number % 4 else "other")]
    contents = [{"role": role, "parts": [{"text": text}]} for role, text in turns]
    return json.dumps({"systemInstruction": {"parts": [{"text": instruction}]}, "contents": contents})


@pytest.fixture
def test_file(tmp_path: Path, vertex_env: RunningServer) -> Path:
    path = tmp_path / "test.jsonl"
    path.write_text("\n".join(map(example, range(40))))
    return path


def run(file: Path, *words: object) -> Any:
    """The evaluation, or the error, which is raised."""
    command = ["evaluate", file, "--project", PROJECT, "--output", file.parent / "out", "--json", *words]
    done = CliRunner().invoke(app, [str(word) for word in command])
    if done.exception and not isinstance(done.exception, SystemExit):
        raise done.exception
    return json.loads(done.stdout)


def test_two_models_are_compared_and_nothing_is_asked_twice(test_file: Path) -> None:
    models = ("--model", "gemini-2.5-flash", "--model", "gemini-2.5-flash-lite")
    record = run(test_file, *models, "--max-rows", 24)
    assert [one["system"]["name"] for one in record["systems"]] == ["gemini-2.5-flash", "gemini-2.5-flash-lite"]
    assert record["rows"] == 24
    assert [one["coverage"] for one in record["systems"]] == [1.0, 1.0]
    assert record["systems"][0]["metrics"]["exact_match"]["mean"] == 0.75
    assert record["systems"][0]["system"]["parameters"]["seed"] == 7
    assert {one["against"] for one in record["comparisons"]} == {"base"}
    asked = run(test_file, *models)
    assert asked["rows"] == 40
    stored = sorted((test_file.parent / "out" / "answers").glob("*/part-*.jsonl"))
    assert sum(len(part.read_text().splitlines()) for part in stored) == 80
    written = [len(path.read_text().splitlines()) for path in (test_file.parent / "out").glob("*/answers.jsonl")]
    assert sorted(written) == [48, 80]


def test_one_model_alone_is_measured(test_file: Path) -> None:
    record = run(test_file, "--model", "gemini-3.5-flash")
    assert record["comparisons"] == []
    assert record["systems"][0]["system"]["parameters"]["location"] == "us"


def test_test_examples_that_were_trained_on_are_refused_unless_forced_and_then_marked(test_file: Path) -> None:
    train = test_file.parent / "train.jsonl"
    train.write_text(example(3).replace("card arrival 3", "Card  ARRIVAL 3") + "\n" + example(99) + "\nnot json\n")
    words = ("--model", "gemini-2.5-flash", "--train", train)
    with pytest.raises(RetuneError, match=r"EVAL-OVERLAP.*1 of 40.*test line 4"):
        run(test_file, *words)
    assert run(test_file, *words, "--force")["overlapping_rows"] == 1
    assert run(test_file, "--model", "gemini-2.5-flash")["overlapping_rows"] == 0


def test_what_cannot_be_evaluated_says_why(test_file: Path) -> None:
    with pytest.raises(RetuneError, match="CONFIG-MODEL"):
        run(test_file, "--model", "projects/p/models/1")
    with pytest.raises(RetuneError, match="CONFIG-MODEL"):
        run(test_file, "--model", "gemini-2.5-flash", "--model", "gemini-2.5-flash")
    with pytest.raises(RetuneError, match="CONFIG-THINKING"):
        run(test_file, "--model", "gemini-2.5-flash", "--thinking", "hard")
    with pytest.raises(RetuneError, match=r"EVAL-NO-ANSWERS.*404"):
        run(test_file, "--model", "gemini-9")
    test_file.write_text("\n\n")
    with pytest.raises(RetuneError, match="EVAL-EMPTY"):
        run(test_file, "--model", "gemini-2.5-flash")
    test_file.write_text(example(1) + '\n{"contents": [{"role": "user", "parts": [{"text": "hi"}]}]}')
    with pytest.raises(RetuneError, match=r"EVAL-REFERENCE.*test line 2"):
        run(test_file, "--model", "gemini-2.5-flash")
