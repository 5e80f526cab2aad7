"""`retune review` on a folder of `retune evaluate` and on a run, against local Vertex."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest
import yaml
from typer.testing import CliRunner

from components.dataset_validation.snapshot import Snapshot, SplitFacts
from components.errors import RetuneError
from components.evaluation.evaluate_models import evaluate_models, named_models
from components.evaluation.evaluate_run import read_test_set
from components.evaluation.rating.ratings_file import RatingsFile
from components.evaluation.settings import EvaluationSettings
from components.step import Step, open_step
from local_vertex.server import RunningServer
from pipelines.catalogue import catalogue
from pipelines.cli.main import app
from pipelines.config import load_config

LABELS = ("card_arrival", "pin_blocked", "top_up_failed")
MODELS = ["gemini-2.5-flash", "gemini-2.5-flash-lite"]
ROWS = 40


def example(number: int) -> str:
    label = LABELS[number % 3]
    instruction = "Answer with exactly one of these names:\n" + "\n".join(LABELS)
    # The small model does not see that "blocking" belongs to "blocked".
    asked = f"{label.replace('_', ' ')} {number}" if number % 2 else f"it is blocking {number}"
    turns = [("user", asked), ("model", label)]
    contents = [{"role": role, "parts": [{"text": text}]} for role, text in turns]
    return json.dumps({"systemInstruction": {"parts": [{"text": instruction}]}, "contents": contents})


def invoke(*words: object) -> Any:
    """What the command printed, or its error, which is raised."""
    done = CliRunner().invoke(app, [str(word) for word in words])
    if done.exception and not isinstance(done.exception, SystemExit):
        raise done.exception
    return json.loads(done.stdout)


def rate(page: Path, target: Path, rater: str, choice: str = "tie") -> Path:
    data = json.loads(page.read_text().partition('id="data">')[2].partition("</script>")[0])
    said: Any = [(pair["id"], choice) for pair in data["pairs"]]
    content = RatingsFile("retune-ratings", 1, data["review"], rater, said, "")
    target.write_bytes(msgspec.json.encode(msgspec.structs.replace(content, checksum=content.sum())))
    return target


@pytest.fixture
def folder(tmp_path: Path, vertex_env: RunningServer) -> Path:
    """What `retune evaluate` wrote."""
    (tmp_path / "test.jsonl").write_text("\n".join(map(example, range(ROWS))))
    models = [word for model in MODELS for word in ("--model", model)]
    out = tmp_path / "out"
    invoke("evaluate", tmp_path / "test.jsonl", *models, "--project", "review-command", "--output", out, "--json")
    [written] = [path.parent for path in out.glob("*/evaluation.json")]
    return written


def test_a_folder_is_reviewed_and_the_ratings_come_back(folder: Path, tmp_path: Path) -> None:
    page = tmp_path / "review.html"
    made = invoke("review", folder, "--output", page, "--json")
    assert made["name"] == "experts"
    assert 0 < made["pairs"] <= ROWS
    with pytest.raises(RetuneError, match="CONFIG-FILE-EXISTS"):
        invoke("review", folder, "--output", page)
    ada, bob = rate(page, tmp_path / "a.json", "Ada", "left"), rate(page, tmp_path / "b.json", "Bob", "left")
    done = invoke("review", folder, "--import", ada, bob, "--json")
    assert done["decision"] is None
    [ratings] = done["ratings"]
    assert (ratings["name"], ratings["rated"], ratings["raters"]) == ("rating:experts", made["pairs"], 2)
    assert (ratings["agreement"], ratings["left_preferred"]) == (1.0, 1.0)
    record = json.loads((folder / "reviews" / "evaluation.json").read_text())
    assert "rating:experts" in {one["metric"] for one in record["comparisons"]}
    with pytest.raises(RetuneError, match="RATING-NOTHING"):
        invoke("review", folder, "--output", page, "--force")


def test_commands_that_cannot_be_meant_say_why(folder: Path, tmp_path: Path) -> None:
    page = tmp_path / "review.html"
    with pytest.raises(RetuneError, match=r"CONFIG-RATING.*nothing is to be imported"):
        invoke("review", folder, page, "--output", page)
    with pytest.raises(RetuneError, match="CONFIG-NO-FILE"):
        invoke("review", folder, "--import")
    with pytest.raises(RetuneError, match=r"CONFIG-NO-FILE.*cannot be read"):
        invoke("review", folder, "--import", tmp_path / "none.json")
    with pytest.raises(RetuneError, match=r"CONFIG-MISSING.*no model line"):
        invoke("review", "some-run")
    with pytest.raises(RetuneError, match="RUN-EVALUATION"):
        invoke("review", tmp_path, "--output", page)
    with pytest.raises(RetuneError, match="CONFIG-RATING"):
        invoke("review", folder, "--name", "../x", "--output", page)


@pytest.fixture
def run(vertex_env: RunningServer, tmp_path: Path) -> tuple[Path, Step]:
    """A run that was evaluated without ratings, although the gate asks for them."""
    content = {
        "name": "line",
        "cloud": {"project": "review-run", "location": "us-central1", "bucket": "review-run"},
        "dataset": {split: f"gs://review-run/{split}.jsonl" for split in ("train", "test")},
        "tuning": {"candidates": [{"base_model": MODELS[0], "epochs": 1}], "budget_usd": 10},
        "evaluation": {"resamples": 200, "ratings": {"experts": {"rows": 10, "question": "Which label fits?"}}},
        "gate": {"primary_metric": "rating:experts", "min_rows": 20},
    }
    path = tmp_path / "retune.yaml"
    path.write_text(yaml.safe_dump(content))
    config = load_config(path)
    step = open_step(config.to_parameter(config.files()), "run-7")
    step.storage.ensure_bucket("review-run", "us-central1")
    digest = "d" * 64
    uri = f"{step.root}/snapshots/{digest}/"
    step.storage.write(f"{uri}test.jsonl", "\n".join(map(example, range(ROWS))).encode())
    splits = {"test": SplitFacts(f"{uri}test.jsonl", ROWS, 1, "a" * 64, 100)}
    snapshot = Snapshot(uri, digest, splits, f"{uri}facts.json")
    step.storage.write(f"{uri}manifest.json", msgspec.json.encode(snapshot))
    record, _ = evaluate_models(
        step.cloud.project,
        step.storage,
        named_models(MODELS, catalogue({}), step.cloud, f"{step.root}/answers", 7, ""),
        read_test_set(step, snapshot, EvaluationSettings()),
        config.evaluation,
        catalogue={},
        location=step.cloud.location,
        root=step.root,
        confidence=0.95,
        dataset_sha256=digest,
        tell=lambda line: None,
    )
    step.ledger.write_run("run-7", "evaluation.json", record)
    return path, step


def test_a_run_that_waits_for_ratings_is_decided_when_they_come(run: tuple[Path, Step], tmp_path: Path) -> None:
    config, step = run
    page = tmp_path / "review.html"
    made = invoke("review", "run-7", "--config", config, "--output", page, "--json")
    assert made["pairs"] == 10
    assert "Which label fits?" in page.read_text()
    done = invoke("review", "run-7", "--config", config, "--import", rate(page, tmp_path / "a.json", "Ada"), "--json")
    assert done["ratings"][0]["rated"] == 10
    assert done["decision"]["verdict"] == "inconclusive"
    assert "rating:experts +0.00 points" in done["decision"]["reasons"][0]
    kept = msgspec.json.decode(step.storage.read(step.ledger.run_uri("run-7", "reviews/decision.json")))
    assert kept["verdict"] == "inconclusive"
    with pytest.raises(RetuneError, match=r"CONFIG-RATING.*name 'others'"):
        invoke("review", "run-7", "--config", config, "--name", "others", "--output", page, "--force")
    with pytest.raises(RetuneError, match="RUN-EVALUATION"):
        invoke("review", "run-8", "--config", config, "--output", page, "--force")
