"""What an evaluation needs and does not get: a judge, a quota, references of the right form. Paid answers stay."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner

from components.errors import ExitCode, RetuneError
from local_vertex.server import RunningServer
from pipelines.cli.main import app
from tests.components.stand_ins import Faults

LABELS = ("card_arrival", "pin_blocked", "top_up_failed")
ROWS = 40
ANSWERS, JUDGE = ":generateContent", ":evaluateInstances"


def example(number: int, reference: str = "") -> str:
    label = LABELS[number % 3]
    instruction = "Answer with exactly one of these names:\n" + "\n".join(LABELS)
    turns = [("user", f"{label.replace('_', ' ')} {number}"), ("model", reference or label)]
    contents = [{"role": role, "parts": [{"text": text}]} for role, text in turns]
    return json.dumps({"systemInstruction": {"parts": [{"text": instruction}]}, "contents": contents})


@pytest.fixture
def faults(vertex_env: RunningServer) -> Iterator[Faults]:
    made = Faults(vertex_env.base_url)
    yield made
    made.clear()


def evaluate(folder: Path, lines: list[str], **evaluation: Any) -> Any:
    """What `retune evaluate --json` printed, or its error, which is raised."""
    config = {
        "name": "line",
        "cloud": {"project": "evaluate-bad-input", "location": "us-central1", "bucket": "none"},
        "dataset": {"train": "train.jsonl", "test": "test.jsonl"},
        "tuning": {"candidates": [{"base_model": "gemini-2.5-flash", "epochs": 1}], "budget_usd": 5},
        "evaluation": {"attempts": 1, "concurrency": 4, "resamples": 200, **evaluation},
    }
    (folder / "retune.yaml").write_text(yaml.safe_dump(config))
    (folder / "test.jsonl").write_text("\n".join(lines))
    command = [
        "evaluate",
        folder / "test.jsonl",
        "--config",
        folder / "retune.yaml",
        "--output",
        folder / "out",
        "--json",
    ]
    for model in ("gemini-2.5-flash", "gemini-2.5-flash-lite"):
        command += ["--model", model]
    done = CliRunner().invoke(app, list(map(str, command)))
    if done.exception and not isinstance(done.exception, SystemExit):
        raise done.exception
    return json.loads(done.stdout)


def stored(folder: Path) -> int:
    return sum(len(part.read_text().splitlines()) for part in (folder / "out" / "answers").glob("*/part-*.jsonl"))


def test_without_its_judge_an_evaluation_keeps_the_answers_and_goes_on_when_it_is_back(
    tmp_path: Path, faults: Faults
) -> None:
    judges = {"judges": {"fits": {"rubric": "Is it the right label?", "kind": "pointwise", "samples": 1}}}
    faults.add(path=JUDGE, action="status", status=503)
    with pytest.raises(RetuneError, match=r"EVAL-JUDGE.*judge:fits has no scores.*503") as caught:
        evaluate(tmp_path, list(map(example, range(ROWS))), **judges)
    assert caught.value.exit_code is ExitCode.SERVICE_FAILURE
    assert "are kept" in caught.value.next_step
    assert stored(tmp_path) == 2 * ROWS
    faults.clear()
    faults.add(path=ANSWERS, action="status", status=503)
    record = evaluate(tmp_path, list(map(example, range(ROWS))), **judges)
    assert [one["coverage"] for one in record["systems"]] == [1.0, 1.0]
    assert record["judges"][0]["questions"] == 2 * ROWS


def test_a_quota_that_is_used_up_ends_it_at_once_and_what_was_answered_is_not_asked_again(
    tmp_path: Path, faults: Faults
) -> None:
    lines = list(map(example, range(200)))
    evaluate(tmp_path, lines[:10])
    assert stored(tmp_path) == 20
    faults.add(path=ANSWERS, action="status", status=429, message="Quota exceeded.")
    with pytest.raises(RetuneError, match=r"EVAL-QUOTA.*32 questions.*429") as caught:
        evaluate(tmp_path, lines)
    assert caught.value.exit_code is ExitCode.SERVICE_FAILURE
    # The first ten have their answers; 32 failures and what was in flight say the rest.
    assert stored(tmp_path) < 20 + 40
    faults.clear()
    assert [one["coverage"] for one in evaluate(tmp_path, lines)["systems"]] == [1.0, 1.0]
    kept = [part.read_text() for part in (tmp_path / "out" / "answers").glob("*/part-00000.jsonl")]
    assert all("card arrival 0" not in text for text in kept), "answers are stored, not questions"


@pytest.mark.parametrize("quota", ["requests_per_minute", "tokens_per_minute", "judge_requests_per_minute"])
def test_a_quota_of_zero_is_refused_before_anything_is_asked(tmp_path: Path, faults: Faults, quota: str) -> None:
    with pytest.raises(RetuneError, match=rf"CONFIG-VALUE.*evaluation\.{quota}.*greater than 0"):
        evaluate(tmp_path, [example(0)], **{quota: 0})
    assert stored(tmp_path) == 0


def test_references_in_another_form_than_the_answers_are_refused_and_the_answers_kept(
    tmp_path: Path, faults: Faults
) -> None:
    lines = [example(number, json.dumps({"label": LABELS[number % 3]})) for number in range(ROWS)]
    with pytest.raises(RetuneError, match="EVAL-FORMAT") as caught:
        evaluate(tmp_path, lines)
    assert caught.value.exit_code in (ExitCode.DATASET_INVALID, ExitCode.CONFIGURATION)
    assert stored(tmp_path) == 2 * ROWS


@pytest.mark.parametrize(("metrics", "says"), [(["rouge_9"], "rouge_9"), (["own:tone"], "own:tone")])
def test_an_unknown_metric_is_refused_before_anything_is_asked(
    tmp_path: Path, faults: Faults, metrics: list[str], says: str
) -> None:
    with pytest.raises(RetuneError, match=rf"CONFIG-VALUE.*{says}.*known"):
        evaluate(tmp_path, [example(0)], metrics=metrics)
