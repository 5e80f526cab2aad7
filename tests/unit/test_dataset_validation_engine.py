"""Whatever the chunks and the processes, every line is seen once and the report is the same."""

from __future__ import annotations

import hashlib
import io
import json
import tracemalloc
from array import array
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from components.base_models.facts import Limits
from components.dataset_validation import validator
from components.dataset_validation.checks.limits import strictest_limits
from components.dataset_validation.engine import chunk as chunk_module
from components.dataset_validation.engine.chunk import StreamChunks, ranges
from components.dataset_validation.engine.chunk_result import line_numbers
from components.dataset_validation.engine.histogram import Histogram
from components.dataset_validation.findings.report import DatasetReport
from components.dataset_validation.lines.data_file import DataFile, local_file
from components.dataset_validation.settings import ValidationSettings
from components.dataset_validation.validator import validate_dataset
from pipelines.catalogue import catalogue


def limits() -> Limits:
    return strictest_limits({"gemini-2.5-flash": catalogue({})["gemini-2.5-flash"]})


def line(prompt: str, answer: str = "yes") -> bytes:
    turns = [{"role": "user", "parts": [{"text": prompt}]}, {"role": "model", "parts": [{"text": answer}]}]
    return json.dumps({"contents": turns}, ensure_ascii=False).encode()


def lines_of(data: bytes, begin: int = 0, rest: bytes = b"") -> list[bytes]:
    found = (data[begin:] + rest).split(b"\n")
    return found if found[-1] else found[:-1]


@given(st.lists(st.sampled_from([b"", b"a", b"bcd", b"\r", b"x" * 9])), st.booleans(), st.integers(1, 12))
@settings(deadline=None)
def test_ranges_and_streams_have_the_same_chunks(
    tmp_path_factory: pytest.TempPathFactory, lines: list[bytes], final: bool, size: int
) -> None:
    data = b"\n".join(lines) + (b"\n" if final and lines else b"")
    path = tmp_path_factory.mktemp("ranges") / "a"
    path.write_bytes(data)
    from_file = [
        lines_of(read.data, read.begin, read.rest) for read in (one.read() for one in ranges(path, len(data), size))
    ]
    stream = StreamChunks(io.BytesIO(data), size)
    from_stream = [lines_of(one.read().data) for one in stream]
    flat = [one for chunk in from_file for one in chunk]
    assert flat == [one for chunk in from_stream for one in chunk] == lines_of(data)
    assert [chunk for chunk in from_file if chunk] == [chunk for chunk in from_stream if chunk]
    assert (stream.bytes, stream.sha256.hexdigest()) == (len(data), hashlib.sha256(data).hexdigest())


def test_an_oversized_line_is_left_out_and_said_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chunk_module, "MAX_LINE_BYTES", 25)
    data = b"a\n" + b"x" * 26 + b"\n" + b"b" * 25 + b"\n" + b"y" * 99 + b"\nc\n" + b"z" * 30
    path = tmp_path / "a"
    path.write_bytes(data)
    for size in (1, 7, 10, 20):
        for chunks in (ranges(path, len(data), size), StreamChunks(io.BytesIO(data), size)):
            seen: list[bytes | None] = []
            for one in chunks:
                read = one.read()
                seen += lines_of(read.data, read.begin, read.rest)
                seen += [None] * read.oversized
            assert seen == [b"a", None, b"b" * 25, None, b"c", None], size


class Endless(io.RawIOBase):
    """A single line of 300 MiB that nobody ever holds in memory as a whole."""

    left = 300 << 20

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        size = min(size, self.left)
        self.left -= size
        return BLOCK[:size]


BLOCK = b'{"contents": [' + b"x" * (chunk_module.CHUNK_BYTES - 14)


def test_a_huge_file_without_a_line_end_stays_bounded() -> None:
    tracemalloc.start()
    report = validate_dataset({"train": [DataFile("a", Endless)]}, ValidationSettings(), limits())
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 130 << 20
    assert report.counts == {"DATA-LINE-SIZE": 1, "DATA-TOO-FEW": 1}


EXAMPLES = st.lists(
    st.sampled_from(
        [b"", b"broken", b'{"contents": []}', line("a"), line("a", "no"), line("b" * 60), line("\u00e9 \u200b")]
    )
    | st.integers(0, 40).map(lambda number: line(f"question {number}"))
)


def report_of(folder: Path, workers: int, **splits: bytes) -> DatasetReport:
    for name, data in splits.items():
        (folder / name).write_bytes(data)
    files = {name: [local_file(folder / name, name)] for name in splits}
    return validate_dataset(files, ValidationSettings(), limits(), workers=workers)


@given(EXAMPLES, EXAMPLES, st.integers(20, 400))
@settings(max_examples=10, deadline=None)
def test_one_process_and_three_give_the_same_report(
    tmp_path_factory: pytest.TempPathFactory, train: list[bytes], test: list[bytes], size: int
) -> None:
    folder = tmp_path_factory.mktemp("workers")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(validator, "CHUNK_BYTES", size)
        reports = [
            report_of(folder, workers, train=b"\n".join(train), test=b"\n".join(test)).to_json() for workers in (1, 3)
        ]
    assert reports[0] == reports[1]


@given(EXAMPLES, EXAMPLES, st.integers(20, 400))
@settings(max_examples=60, deadline=None)
def test_chunks_change_no_finding(
    tmp_path_factory: pytest.TempPathFactory, train: list[bytes], test: list[bytes], size: int
) -> None:
    folder = tmp_path_factory.mktemp("chunks")
    whole = report_of(folder, 1, train=b"\n".join(train), test=b"\n".join(test))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(validator, "CHUNK_BYTES", size)
        cut = report_of(folder, 1, train=b"\n".join(train), test=b"\n".join(test))
    assert cut == whole


@given(st.integers(1, 300), st.integers(30, 500))
@settings(max_examples=60, deadline=None)
def test_a_planted_error_is_found_at_its_line(place: int, size: int) -> None:
    lines = [line(f"question {number}") for number in range(300)]
    lines[place - 1] = lines[place - 1].replace(b'"model"', b'"modle"')
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(validator, "CHUNK_BYTES", size)
        files = {"train": [DataFile("a", partial(io.BytesIO, b"\n".join(lines)))]}
        report = validate_dataset(files, ValidationSettings(), limits())
    assert [(one.code, one.line) for one in report.findings] == [("DATA-ROLE", place)]


@given(st.dictionaries(st.sampled_from(["train", "validation", "test"]), st.binary(max_size=300)))
@settings(max_examples=200, deadline=None)
def test_any_bytes_end_in_a_report(files: dict[str, bytes]) -> None:
    named = {split: [DataFile(split, partial(io.BytesIO, data))] for split, data in files.items()}
    report = validate_dataset(named, ValidationSettings(), limits())
    assert set(report.splits) == set(files)
    assert json.loads(report.to_json())["valid"] == report.is_valid


def test_several_files_are_one_split_with_lines_of_their_own() -> None:
    first, second = line("a") + b"\nbroken\n" + line("b"), b"\n" + line("c") + b"\n" + line("a")
    files = {"train": [DataFile("one", partial(io.BytesIO, first)), DataFile("two", partial(io.BytesIO, second))]}
    report = validate_dataset(files, ValidationSettings(), limits())
    assert [(one.code, one.file, one.line) for one in report.findings if one.line] == [
        ("DATA-JSON", "one", 2),
        ("DATA-BLANK-LINE", "two", 1),
        ("DATA-DUPLICATE", "two", 3),
    ]
    assert "line 1 of one" in next(one.message for one in report.findings if one.code == "DATA-DUPLICATE")
    assert (report.splits["train"].rows, report.splits["train"].valid) == (5, 4)


@given(st.lists(st.booleans(), max_size=60))
def test_line_numbers_of_valid_rows(valid: list[bool]) -> None:
    broken = np.array([number for number, good in enumerate(valid, start=1) if not good], np.uint32)
    expected = [number for number, good in enumerate(valid, start=1) if good]
    assert line_numbers(np.arange(len(expected)), broken).tolist() == expected


@given(st.lists(st.integers(0, 2**32 - 1), min_size=1), st.lists(st.integers(0, 3000)))
def test_histograms_add_up_and_are_near_the_truth(first: list[int], second: list[int]) -> None:
    histogram = Histogram(np.array(first, np.uint32))
    histogram.merge(Histogram(np.frombuffer(array("I", second), np.uint32)))
    values = sorted(first + second)
    assert (histogram.total, histogram.max) == (sum(values), values[-1])
    for percent in (5, 50, 95):
        truth = values[max(0, -(-len(values) * percent // 100) - 1)]
        assert truth / 1.016 - 1 <= histogram.percentile(percent) <= truth
    assert sum(number for _, _, number in histogram.bars()) in (len(values), 0)


def test_progress_reaches_the_size_of_all_files(tmp_path: Path) -> None:
    told: list[int] = []
    path = tmp_path / "a"
    path.write_bytes(b"\n".join(line(f"question {number}") for number in range(100)))
    validate_dataset({"train": [local_file(path)]}, ValidationSettings(), limits(), progress=told.append)
    assert told[-1] == path.stat().st_size
    assert told == sorted(told)


def test_the_digest_is_that_of_the_bytes(tmp_path: Path) -> None:
    data = line("a") + b"\n" + line("b")
    arguments: dict[str, Any] = {"settings": ValidationSettings(), "limits": limits()}
    for file in (DataFile("a", partial(io.BytesIO, data)), local_file(_written(tmp_path, data))):
        report = validate_dataset({"train": [file]}, **arguments, digest=True)
        assert report.splits["train"].sha256 == hashlib.sha256(data).hexdigest()


def _written(folder: Path, data: bytes) -> Path:
    path = folder / "a"
    path.write_bytes(data)
    return path


def test_turns_are_counted_with_the_answer() -> None:
    def chat(pairs: int, parts: int = 1) -> bytes:
        turns = [
            {"role": role, "parts": [{"text": f"{role} {number}"}] * parts}
            for number in range(pairs)
            for role in ("user", "model")
        ]
        return json.dumps({"contents": turns}).encode()

    data = b"\n".join([chat(1), chat(1, parts=3), chat(4)])
    report = validate_dataset(
        {"train": [DataFile("a", partial(io.BytesIO, data))]}, ValidationSettings(), limits(), workers=1
    )
    turns = report.splits["train"].turns
    assert (turns.p5, turns.p50, turns.max) == (2, 2, 8)
