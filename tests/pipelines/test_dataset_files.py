"""What a command is given as files: paths, globs, standard input, and what is none of them."""

from __future__ import annotations

import io
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from components.errors import RetuneError
from pipelines.cli.dataset_files import assign_splits, open_files, split_of


def test_globs_are_sorted_and_paths_keep_their_order(tmp_path: Path) -> None:
    for name in ("b.jsonl", "a.jsonl", "c.txt"):
        (tmp_path / name).write_text("x")
    names = [Path(file.name).name for file in open_files([str(tmp_path / "c.txt"), str(tmp_path / "*.jsonl")])]
    assert names == ["c.txt", "a.jsonl", "b.jsonl"]


@pytest.mark.parametrize("pattern", ["missing.jsonl", "*.nothing", "."])
def test_a_pattern_without_a_file_is_refused(tmp_path: Path, pattern: str) -> None:
    with pytest.raises(RetuneError, match="CONFIG-NO-FILE") as caught:
        open_files([str(tmp_path / pattern)])
    assert caught.value.next_step


def test_standard_input_can_be_read_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(b"line\n")))
    (file,) = open_files(["-"])
    assert [file.open().read(), file.open().read()] == [b"line\n", b"line\n"]
    assert (file.name, file.size) == ("standard input", 5)


def test_cloud_storage_needs_a_project(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GOOGLE_CLOUD_PROJECT", raising=False)
    with pytest.raises(RetuneError, match="CONFIG-PROJECT"):
        open_files(["gs://bucket/train.jsonl"])


@pytest.mark.parametrize(
    ("name", "split"),
    [
        ("data/train.jsonl", "train"),
        ("sft_validation_data.jsonl", "validation"),
        ("my-val.jsonl", "validation"),
        ("gs://b/x/test-2026.jsonl", "test"),
        ("holdout.jsonl", "test"),
        ("latest.jsonl", "train"),
        ("contest.jsonl", "train"),
        ("test/all.jsonl", "train"),
    ],
)
def test_the_split_is_a_word_of_the_name(name: str, split: str) -> None:
    assert split_of(name) == split


def test_options_win_over_names(tmp_path: Path) -> None:
    for name in ("test.jsonl", "more.jsonl"):
        (tmp_path / name).write_text("x")
    test, more = open_files([str(tmp_path / "test.jsonl"), str(tmp_path / "more.jsonl")])
    assert assign_splits([more], validation=[test]) == {"train": [more], "validation": [test]}
