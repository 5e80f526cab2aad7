"""The same pipeline on real data: 9,238 training examples, 3,080 test rows, 77 intents (CC-BY-4.0, PolyAI)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from components.gcp.model_registry import ModelRegistry
from components.gcp.resource_names import location_of
from tests.end_to_end.model_line import ROOT, Connect, Finished, ModelLine, official_client, tuning_jobs

DATA = ROOT.parent / "shared" / "data" / "banking77"
CONFIG: dict[str, Any] = {
    "name": "banking77",
    "cloud": {"project": "demo-project", "location": "us-central1", "bucket": "banking77-demo"},
    "dataset": {"train": "train.jsonl", "validation": "validation.jsonl", "test": "test.jsonl"},
    "tuning": {
        "candidates": [{"base_model": "gemini-2.5-flash", "epochs": 5, "adapter_size": 4}],
        "budget_usd": 150,
    },
    "gate": {"min_improvement_over_base": 0.05},
}

pytestmark = [
    pytest.mark.skipif(not DATA.is_dir(), reason="the banking77 data is not beside the checkout"),
]


@pytest.fixture(scope="module")
def line(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ModelLine]:
    made = ModelLine.of(tmp_path_factory.mktemp("banking77"), CONFIG, DATA)
    yield made
    made.stop()


@pytest.fixture(scope="module")
def first(line: ModelLine) -> Finished:
    return line.run()


def exact(result: dict[str, Any], role: str) -> float:
    systems = {one["system"]["role"]: one for one in result["evaluation"]["systems"]}
    return float(systems[role]["metrics"]["exact_match"]["mean"])


def test_tuning_helps_and_is_promoted(first: Finished) -> None:
    assert first.status == 0, first.errors
    result = first.result
    assert result["verdict"] == "promote"
    assert result["evaluation"]["rows"] == 3080
    assert all(one["coverage"] == 1 for one in result["evaluation"]["systems"])
    assert exact(result, "candidate") >= 0.85
    assert exact(result, "base") < 0.6


def test_registry_and_endpoint_are_in_place(first: Finished, line: ModelLine, connect: Connect) -> None:
    config, endpoint = connect(line), first.result["serving_endpoint"]
    assert "champion" in ModelRegistry(config.cloud).aliases(first.result["serving_model"])
    client = official_client(config, location_of(endpoint, default=""))
    answer = client.models.generate_content(
        model=endpoint, contents="I still have not received my new card, it has been two weeks"
    )
    assert answer.text in json.loads((DATA / "labels.json").read_text(encoding="utf-8"))


def test_the_second_run_starts_no_second_job(first: Finished, line: ModelLine, connect: Connect) -> None:
    second = line.run()
    assert second.status == 0, second.errors
    assert second.result["verdict"] == "skipped"
    assert len(tuning_jobs(connect(line))) == 1


def test_shuffled_labels_leave_the_champion_untouched(first: Finished, line: ModelLine) -> None:
    try:
        line.shuffle_training_answers()
        shuffled = line.run()
    finally:
        (line.folder / "train.jsonl").write_bytes((DATA / "train.jsonl").read_bytes())
    assert shuffled.status == 4, shuffled.errors
    assert shuffled.result["verdict"] == "hold"
    assert shuffled.result["serving_model"] == first.result["serving_model"]
    assert exact(shuffled.result, "candidate") < 0.1


def test_a_broken_line_4000_is_named_before_any_job_exists(
    line: ModelLine, first: Finished, connect: Connect, tmp_path: Path
) -> None:
    config = connect(line)
    before = len(tuning_jobs(config))
    try:
        line.break_training_line(4000)
        broken = line.run()
    finally:
        (line.folder / "train.jsonl").write_bytes((DATA / "train.jsonl").read_bytes())
    assert broken.status == 3
    assert "train.jsonl:4000" in broken.errors
    assert len(tuning_jobs(config)) == before
