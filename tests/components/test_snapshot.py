"""What was validated is what is tuned: promise 1."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from components.dataset_validation.snapshot import Snapshot
from components.dataset_validation.validate import read_snapshot, validate_and_snapshot
from components.errors import ExitCode, RetuneError
from components.step import Step
from pipelines.catalogue import catalogue

LINE = '{"contents":[{"role":"user","parts":[{"text":"%s"}]},{"role":"model","parts":[{"text":"%s"}]}]}\n'


def lines(prefix: str, count: int = 20) -> bytes:
    return "".join(LINE % (f"{prefix} question {n}", "ab"[n % 2]) for n in range(count)).encode()


def taken(step: Step, dataset_uri: str) -> Snapshot:
    return validate_and_snapshot(step, dataset_uri).snapshot


@pytest.fixture
def drop(step: Step) -> Step:
    """A step whose dataset lies in a folder of the bucket, as a dataset trigger names it."""
    step.storage.write(f"{step.root}/drop/train.jsonl", lines("train"))
    step.storage.write(f"{step.root}/drop/test.jsonl", lines("test"))
    facts = catalogue({})["gemini-2.5-flash"].to_dict()
    sections = json.loads(step.config) | {"validation": {}, "base_models": {"gemini-2.5-flash": facts}}
    return replace(step, config=json.dumps(sections))


def test_the_snapshot_holds_the_validated_bytes(drop: Step) -> None:
    snapshot = taken(drop, f"{drop.root}/drop")
    assert set(snapshot.splits) == {"train", "test"}
    assert snapshot.sha256 in snapshot.uri
    assert drop.storage.read(snapshot.splits["train"].uri) == lines("train")
    assert read_snapshot(drop.storage, snapshot.uri) == snapshot


def test_the_same_data_is_the_same_snapshot_and_other_data_another(drop: Step) -> None:
    first = taken(drop, f"{drop.root}/drop/")
    assert taken(drop, f"{drop.root}/drop/") == first
    drop.storage.write(f"{drop.root}/drop/train.jsonl", lines("changed"))
    second = taken(drop, f"{drop.root}/drop/")
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
        taken(drop, f"{drop.root}/drop")
    assert caught.value.exit_code is ExitCode.DATASET_INVALID
    assert caught.value.where == "train.jsonl:21"
    assert list(drop.storage.list(f"{drop.root}/snapshots/")) == []


def test_a_missing_file_is_named(drop: Step) -> None:
    drop.storage.delete(f"{drop.root}/drop/test.jsonl")
    with pytest.raises(RetuneError, match=r"STORAGE-NOT-FOUND.*drop/test\.jsonl"):
        taken(drop, f"{drop.root}/drop")


def test_half_a_snapshot_is_none(drop: Step) -> None:
    snapshot = taken(drop, f"{drop.root}/drop")
    drop.storage.delete(f"{snapshot.uri}manifest.json")
    with pytest.raises(RetuneError, match="DATA-SNAPSHOT"):
        read_snapshot(drop.storage, snapshot.uri)
    assert taken(drop, f"{drop.root}/drop") == snapshot


def test_an_unchanged_dataset_is_not_read_again(drop: Step) -> None:
    first = validate_and_snapshot(drop, f"{drop.root}/drop")
    read: list[str] = []
    opened = drop.storage.open
    drop.storage.open = lambda uri, generation=None: (read.append(uri), opened(uri, generation))[1]  # type: ignore[method-assign]
    again = replace(drop, run_id="another-run")
    assert validate_and_snapshot(again, f"{drop.root}/drop") == first
    assert read == []
    assert drop.storage.read(drop.ledger.run_uri("another-run", "dataset.json")) == drop.storage.read(first.record_uri)


@pytest.mark.parametrize("change", ["bytes", "settings", "limits", "snapshot"])
def test_what_changed_is_validated_anew(drop: Step, change: str) -> None:
    first = validate_and_snapshot(drop, f"{drop.root}/drop")
    sections = json.loads(drop.config)
    if change == "bytes":
        drop.storage.write(f"{drop.root}/drop/test.jsonl", lines("test") + b"{broken\n")
    if change == "settings":
        sections["validation"] = {"severity": {"DATA-TOO-FEW": "error"}}
    if change == "limits":
        sections["base_models"]["gemini-2.5-flash"]["limits"]["max_examples_text"] = 5
    if change == "snapshot":
        drop.storage.delete(f"{first.snapshot.uri}manifest.json")
        assert validate_and_snapshot(drop, f"{drop.root}/drop") == first
        assert read_snapshot(drop.storage, first.snapshot.uri) == first.snapshot
        return
    with pytest.raises(RetuneError, match="DATA-"):
        validate_and_snapshot(replace(drop, config=json.dumps(sections)), f"{drop.root}/drop")


def test_the_pages_are_there_when_the_dataset_is_not_valid(drop: Step) -> None:
    drop.storage.write(f"{drop.root}/drop/train.jsonl", lines("train") + b"{broken\n")
    with pytest.raises(RetuneError) as caught:
        validate_and_snapshot(drop, f"{drop.root}/drop")
    page = drop.ledger.run_uri(drop.run_id, "dataset.html")
    assert page in caught.value.next_step
    assert b"DATA-JSON" in drop.storage.read(page)
    assert b"DATA-JSON" in drop.storage.read(page.replace(".html", ".md"))
    assert b"question" not in drop.storage.read(page)
