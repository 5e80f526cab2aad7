"""The bundled example is what its script writes, valid and free of leaks."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from components.base_models.facts import Limits
from components.dataset_validation.findings.report import DatasetReport
from components.dataset_validation.lines.data_file import local_file
from components.dataset_validation.settings import ValidationSettings
from components.dataset_validation.validator import validate_dataset

FOLDER = Path(__file__).parents[2] / "examples" / "support_triage"
ROWS = {"train": 420, "validation": 60, "test": 120}


def rows(split: str) -> list[tuple[str, str, dict[str, str]]]:
    """System instruction, ticket and answer of each example."""
    found = []
    for line in (FOLDER / f"{split}.jsonl").read_text(encoding="utf-8").splitlines():
        example = json.loads(line)
        system = example["systemInstruction"]["parts"][0]["text"]
        ticket, answer = (turn["parts"][0]["text"] for turn in example["contents"])
        found.append((system, ticket, json.loads(answer)))
    return found


@pytest.fixture(scope="module")
def report() -> DatasetReport:
    limits = Limits(
        tokens_per_example=131_072,
        max_train_bytes=1_000_000_000,
        max_examples_text=10_000_000,
        max_examples_multimodal=300_000,
        max_validation_share=0.3,
        validation_share_from=1000,
        older_max_validation_examples=(256, 5000),
    )
    sources = {split: [local_file(FOLDER / f"{split}.jsonl")] for split in ROWS}
    return validate_dataset(sources, ValidationSettings(), limits)


def test_the_script_writes_the_bundled_bytes(tmp_path: Path) -> None:
    subprocess.run([sys.executable, str(FOLDER / "make_dataset.py"), str(tmp_path)], check=True)
    for split in ROWS:
        assert (tmp_path / f"{split}.jsonl").read_bytes() == (FOLDER / f"{split}.jsonl").read_bytes()


def test_the_dataset_has_no_findings(report: DatasetReport) -> None:
    assert report.findings == []
    assert {split: facts.rows for split, facts in report.splits.items()} == ROWS


def test_answers_use_only_what_the_system_instruction_allows() -> None:
    for split in ROWS:
        for system, _, answer in rows(split):
            allowed = dict(line.split(": one of ") for line in system.splitlines() if ": one of " in line)
            assert list(answer) == list(allowed)
            assert all(answer[key] in allowed[key].split(", ") for key in answer)


def test_every_value_occurs_in_every_split() -> None:
    counted = {split: Counter(pair for _, _, answer in rows(split) for pair in answer.items()) for split in ROWS}
    assert set(counted["test"]) <= set(counted["train"])
    assert all(count >= 10 for count in counted["train"].values())


def test_some_test_tickets_are_worded_as_none_in_training() -> None:
    seen = {word for _, ticket, _ in rows("train") for word in ticket.lower().split()}
    new = [ticket for _, ticket, _ in rows("test") if len(set(ticket.lower().split()) - seen) >= 2]
    assert len(new) >= 10
