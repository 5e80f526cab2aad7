"""What was validated is what is tuned: promise 1."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from components.dataset_validation.validate import read_snapshot, validate_and_snapshot
from components.errors import ExitCode, RetuneError
from components.step import Step
from pipelines.catalogue import catalogue

LINE = '{"contents":[{"role":"user","parts":[{"text":"%s"}]},{"role":"model","parts":[{"text":"%s"}]}]}\n'


def lines(prefix: str, count: int = 20) -> bytes:
    return "".join(LINE % (f"{prefix} question {n}", "ab"[n % 2]) for n in range(count)).encode()


@pytest.fixture
def drop(step: Step) -> Step:
    """A step whose dataset lies in a folder of the bucket, as a dataset trigger names it."""
    step.storage.write(f"{step.root}/drop/train.jsonl", lines("train"))
    step.storage.write(f"{step.root}/drop/test.jsonl", lines("test"))
    facts = catalogue({})["gemini-2.5-flash"].model_dump(mode="json")
    sections = json.loads(step.config) | {"validation": {}, "base_models": {"gemini-2.5-flash": facts}}
    return replace(step, config=json.dumps(sections))


def test_the_snapshot_holds_the_validated_bytes(drop: Step) -> None:
    snapshot = validate_and_snapshot(drop, f"{drop.root}/drop")
    assert set(snapshot.splits) == {"train", "test"}
    assert snapshot.sha256 in snapshot.uri
    assert drop.storage.read(snapshot.splits["train"].uri) == lines("train")
    assert read_snapshot(drop.storage, snapshot.uri) == snapshot


def test_the_same_data_is_the_same_snapshot_and_other_data_another(drop: Step) -> None:
    first = validate_and_snapshot(drop, f"{drop.root}/drop/")
    assert validate_and_snapshot(drop, f"{drop.root}/drop/") == first
    drop.storage.write(f"{drop.root}/drop/train.jsonl", lines("changed"))
    second = validate_and_snapshot(drop, f"{drop.root}/drop/")
    assert second.sha256 != first.sha256
    assert drop.storage.read(first.splits["train"].uri) == lines("train")


def test_a_file_that_was_replaced_meanwhile_cannot_slip_in(drop: Step) -> None:
    source = f"{drop.root}/drop/train.jsonl"
    seen = drop.storage.generation(source)
    drop.storage.write(source, lines("slipped in"))
    with pytest.raises(RetuneError, match="STORAGE-NOT-FOUND"):
        drop.storage.copy(source, f"{drop.root}/copied.jsonl", seen)
    assert not drop.storage.exists(f"{drop.root}/copied.jsonl")


def test_an_invalid_dataset_leaves_no_snapshot(drop: Step) -> None:
    drop.storage.write(f"{drop.root}/drop/train.jsonl", lines("train") + b"{broken\n")
    with pytest.raises(RetuneError) as caught:
        validate_and_snapshot(drop, f"{drop.root}/drop")
    assert caught.value.exit_code is ExitCode.DATASET_INVALID
    assert caught.value.where == "train.jsonl:21"
    assert list(drop.storage.list(f"{drop.root}/snapshots/")) == []


def test_a_missing_file_is_named(drop: Step) -> None:
    drop.storage.delete(f"{drop.root}/drop/test.jsonl")
    with pytest.raises(RetuneError, match=r"STORAGE-NOT-FOUND.*drop/test\.jsonl"):
        validate_and_snapshot(drop, f"{drop.root}/drop")


def test_half_a_snapshot_is_none(drop: Step) -> None:
    snapshot = validate_and_snapshot(drop, f"{drop.root}/drop")
    drop.storage.delete(f"{snapshot.uri}manifest.json")
    with pytest.raises(RetuneError, match="DATA-SNAPSHOT"):
        read_snapshot(drop.storage, snapshot.uri)
    assert validate_and_snapshot(drop, f"{drop.root}/drop") == snapshot
