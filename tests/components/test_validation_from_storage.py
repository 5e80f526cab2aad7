"""Validation over Cloud Storage: a broken network changes no report, and two objects are never read as one."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from components.dataset_validation import validator
from components.dataset_validation.checks.limits import strictest_limits
from components.dataset_validation.findings.report import DatasetReport
from components.dataset_validation.lines.data_file import DataFile, local_file
from components.dataset_validation.settings import ValidationSettings
from components.dataset_validation.validator import validate_dataset
from components.errors import ExitCode, RetuneError
from components.gcp import storage as storage_module
from components.step import Step
from pipelines.catalogue import catalogue
from pipelines.cli.main import app
from tests.components.stand_ins import Faults

CHUNK = 4000


def line(number: int) -> bytes:
    turns = [{"role": "user", "parts": [{"text": f"question {number}"}]}, {"role": "model", "parts": [{"text": "yes"}]}]
    return json.dumps({"contents": turns}).encode() + b"\n"


LINES = [line(number) for number in range(300)]
LINES[77] = LINES[77].replace(b'"model"', b'"modle"')
LINES[250] = LINES[3]
DATA = b"".join(LINES)


@pytest.fixture
def stored(step: Step, monkeypatch: pytest.MonkeyPatch) -> str:
    """An object of a dozen ranged downloads, which the engine reads in chunks of its own."""
    monkeypatch.setattr(storage_module, "READ_CHUNK_BYTES", CHUNK)
    monkeypatch.setattr(storage_module, "READ_BUFFER_BYTES", 500)
    monkeypatch.setattr(validator, "HEAD_BYTES", 1000)
    monkeypatch.setattr(validator, "CHUNK_BYTES", 3000)
    uri = f"{step.root}/train.jsonl"
    step.storage.write(uri, DATA)
    return uri


def report_of(file: DataFile, **more: Any) -> DatasetReport:
    limits = strictest_limits({"gemini-2.5-flash": catalogue({})["gemini-2.5-flash"]})
    return validate_dataset({"train": [file]}, ValidationSettings(), limits, **more)


def object_path(uri: str) -> str:
    return f"/{uri.removeprefix('gs://').split('/', 1)[0]}/"


@pytest.mark.parametrize(
    ("fault", "nth", "workers"),
    [
        ({"action": "reset"}, 5, 1),
        ({"action": "cut_reply"}, 1, 1),
        ({"action": "cut_reply"}, 5, 2),
        ({"action": "lose_reply"}, 5, 1),
        ({"action": "status", "status": 503}, 5, 1),
        ({"action": "status", "status": 429, "retry_after_s": 0.01}, 5, 1),
    ],
    ids=["reset", "cut in the first chunk", "cut in the middle", "reply lost", "503", "429"],
)
def test_a_broken_download_changes_no_report(
    step: Step, stored: str, faults: Faults, tmp_path: Path, fault: dict[str, object], nth: int, workers: int
) -> None:
    local = tmp_path / "train.jsonl"
    local.write_bytes(DATA)
    expected = report_of(local_file(local, stored), digest=True)
    assert {one.line for one in expected.findings if one.code in ("DATA-ROLE", "DATA-DUPLICATE")} == {78, 251}
    generation = step.storage.generation(stored)
    faults.add(method="GET", path=object_path(stored), nth=nth, **fault)
    report = report_of(DataFile(stored, partial(step.storage.open, stored, generation)), digest=True, workers=workers)
    assert faults.fired()
    assert report.to_json() == expected.to_json()


def test_an_object_that_is_replaced_meanwhile_is_no_report(step: Step, stored: str) -> None:
    generation, replaced = step.storage.generation(stored), False

    def replace(_: int) -> None:
        nonlocal replaced
        if not replaced:
            replaced = True
            step.storage.write(stored, DATA.replace(b"question", b"answers!"))

    with pytest.raises(RetuneError, match=r"STORAGE-REPLACED.*train\.jsonl") as caught:
        report_of(DataFile(stored, partial(step.storage.open, stored, generation)), progress=replace)
    assert replaced
    assert caught.value.next_step


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ({"status": 403}, "SERVICE-REFUSED"),
        ({"status": 403, "nth": 3}, "SERVICE-REFUSED"),
        ({"status": 401}, "SERVICE-CREDENTIALS"),
    ],
)
def test_what_cannot_be_read_is_said_and_leaves_no_half_report(
    step: Step,
    stored: str,
    faults: Faults,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    fault: dict[str, Any],
    code: str,
) -> None:
    monkeypatch.setenv("GOOGLE_CLOUD_PROJECT", step.cloud.project)
    report = tmp_path / "report.json"
    words = ["validate", stored, "--json", "--output", str(report)]
    faults.add(method="GET", path=object_path(stored), action="status", **fault)
    with pytest.raises(RetuneError, match=code) as caught:
        CliRunner().invoke(app, words, catch_exceptions=False)
    assert stored in str(caught.value)
    assert caught.value.next_step
    assert faults.fired()
    assert list(tmp_path.iterdir()) == []
    faults.clear()
    assert CliRunner().invoke(app, words, catch_exceptions=False).exit_code == int(ExitCode.DATASET_INVALID)
    assert json.loads(report.read_text())["findings"].keys() >= {"DATA-ROLE", "DATA-DUPLICATE"}
