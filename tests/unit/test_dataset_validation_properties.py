"""Whole datasets of any bytes: the report is what the exact reader says of every line, however the files are read."""

from __future__ import annotations

import io
import json
from collections import Counter
from functools import partial
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from components.dataset_validation import validator
from components.dataset_validation.engine import chunk_reader
from components.dataset_validation.engine.chunk_reader import TEST_ANSWER
from components.dataset_validation.findings.report import DatasetReport
from components.dataset_validation.lines import read_block
from components.dataset_validation.lines.data_file import DataFile, local_file
from components.dataset_validation.lines.exact_line import read_exactly
from components.dataset_validation.lines.file_form import file_form_problem
from components.dataset_validation.rules.answer_rules import ANSWER_RULES
from components.dataset_validation.rules.dataset_rules import DATASET_RULES
from components.dataset_validation.settings import ValidationSettings
from components.dataset_validation.validator import SPLITS, validate_dataset
from tests.fuzz.batches import LIMITS
from tests.fuzz.lines import mutated_lines

Dataset = dict[str, list[bytes]]
"""The files of each split."""

OF_THE_DATASET = {rule.code for rule in (*DATASET_RULES, *ANSWER_RULES)} - {TEST_ANSWER} | {"DATA-LINE-END"}
"""Rules that look at more than one line."""


def example(prompt: str, answer: str) -> bytes:
    turns = [{"role": "user", "parts": [{"text": prompt}]}, {"role": "model", "parts": [{"text": answer}]}]
    return json.dumps({"contents": turns}, ensure_ascii=False).encode()


LINES = (
    st.builds(
        example,
        st.sampled_from(["a", "b", "Where is it?", "where  is it?", "\u6771\u4eac", "x" * 90]),
        st.sampled_from(["yes", "no", '{"label": 1}', "\u200b"]),
    )
    | st.integers(0, 10**6).map(lambda seed: next(mutated_lines(seed, 1)))
    | st.sampled_from([b"", b" ", b"\r", b"broken", b"\xff\xfe", b'{"contents": []}'])
    | st.binary(max_size=40).map(lambda data: data.replace(b"\n", b""))
)


@st.composite
def files(draw: st.DrawFn) -> bytes:
    """A file of lines with either line end, with or without one at its end."""
    lines, end = draw(st.lists(LINES, max_size=8)), draw(st.sampled_from([b"\n", b"\r\n"]))
    return end.join(lines) + (end if draw(st.booleans()) else b"")


DATASETS = st.dictionaries(st.sampled_from(SPLITS), st.lists(files(), min_size=1, max_size=3), min_size=1)


def written(folder: Path, dataset: Dataset) -> dict[str, list[DataFile]]:
    named: dict[str, list[DataFile]] = {}
    for split, contents in dataset.items():
        for number, data in enumerate(contents):
            path = folder / f"{split}{number}"
            path.write_bytes(data)
            named.setdefault(split, []).append(local_file(path, path.name))
    return named


def streamed(dataset: Dataset) -> dict[str, list[DataFile]]:
    return {
        split: [DataFile(f"{split}{number}", partial(io.BytesIO, data)) for number, data in enumerate(contents)]
        for split, contents in dataset.items()
    }


def validated(named: dict[str, list[DataFile]], chunk: int, block: int, workers: int, digest: bool) -> DatasetReport:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(validator, "CHUNK_BYTES", chunk)
        patch.setattr(chunk_reader, "BLOCK_BYTES", block)
        return validate_dataset(named, ValidationSettings(), LIMITS, workers=workers, digest=digest)


def expected(dataset: Dataset) -> tuple[Counter[str], dict[str, tuple[int, int]]]:
    """Counts of the findings of files and single lines, and rows and valid rows of each split."""
    counts: Counter[str] = Counter()
    rows: dict[str, tuple[int, int]] = {}
    for split, contents in dataset.items():
        read = valid = 0
        for data in contents:
            form = file_form_problem(data)
            if form is not None:
                counts[form.code] += 1
                continue
            lines = data.split(b"\n")
            for line in lines if lines[-1] else lines[:-1]:
                reading, problems = read_exactly(line)
                counts.update(problem.code for problem in problems)
                counts[TEST_ANSWER] += split == "test" and reading is not None and not reading.answers_in_text
                read += bool(line.strip())
                valid += reading is not None
        rows[split] = read, valid
    return +counts, rows


@given(DATASETS, st.integers(1, 400), st.integers(1, 200), st.booleans())
@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_the_report_is_what_the_exact_reader_says(dataset: Dataset, chunk: int, block: int, digest: bool) -> None:
    report = validated(streamed(dataset), chunk, block, 1, digest)
    counts, rows = expected(dataset)
    assert {code: count for code, count in report.counts.items() if code not in OF_THE_DATASET} == counts
    assert {split: (facts.rows, facts.valid) for split, facts in report.splits.items()} == rows
    assert report.is_valid == (not report.errors)


@given(DATASETS, st.integers(1, 400), st.integers(1, 200))
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_files_and_streams_have_the_same_report(
    tmp_path_factory: pytest.TempPathFactory, dataset: Dataset, chunk: int, block: int
) -> None:
    named = written(tmp_path_factory.mktemp("files"), dataset)
    whole = validated(named, 1 << 20, 1 << 18, 1, digest=False)
    assert validated(named, chunk, block, 1, digest=False) == whole
    digested = validated(named, chunk, block, 1, digest=True)
    assert digested.findings == whole.findings
    assert validated(streamed(dataset), chunk, block, 1, digest=True) == digested


@given(DATASETS, st.integers(1, 400))
@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_one_process_and_two_have_the_same_report(
    tmp_path_factory: pytest.TempPathFactory, dataset: Dataset, chunk: int
) -> None:
    named = written(tmp_path_factory.mktemp("workers"), dataset)
    one, two = (validated(named, chunk, 100, workers, digest=False) for workers in (1, 2))
    assert one.to_json() == two.to_json()


@given(DATASETS, st.integers(1, 400), st.integers(1, 200))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_the_report_is_the_same_without_the_reader_in_c(dataset: Dataset, chunk: int, block: int) -> None:
    pytest.importorskip(f"{read_block.__package__}.native.plain_lines", reason="Retune was installed without it")
    report = validated(streamed(dataset), chunk, block, 1, digest=False)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(read_block, "read_lines", read_block.unread_lines)
        assert validated(streamed(dataset), chunk, block, 1, digest=False).to_json() == report.to_json()


@given(
    st.lists(st.integers(0, 60), min_size=1, max_size=4),
    st.data(),
    st.integers(30, 500),
    st.sampled_from([b"\n", b"\r\n"]),
    st.booleans(),
    st.sampled_from([(b'"model"', b'"modle"', "DATA-ROLE"), (b'"text"', b'"txet"', "DATA-UNKNOWN-KEY"),
                     (b"{", b"", "DATA-JSON"), (b"question", b"que\xffstion", "DATA-ENCODING")]),
)  # fmt: skip
@settings(max_examples=50, deadline=None)
def test_a_planted_error_is_found_in_its_file_at_its_line(
    sizes: list[int], data: st.DataObject, chunk: int, end: bytes, final: bool, error: tuple[bytes, bytes, str]
) -> None:
    split = data.draw(st.sampled_from(SPLITS))
    contents = [
        [example(f"question {number} of {place}", "yes") for number in range(size)] for place, size in enumerate(sizes)
    ]
    place = data.draw(st.integers(0, len(sizes) - 1))
    contents[place].append(example("question last", "yes"))
    at = data.draw(st.integers(0, len(contents[place]) - 1))
    right, wrong, code = error
    contents[place][at] = contents[place][at].replace(right, wrong, 1)
    dataset = {split: [end.join(lines) + (end if final else b"") for lines in contents]}
    report = validated(streamed(dataset), chunk, chunk, 1, digest=False)
    assert [(one.code, one.file, one.line) for one in report.findings if one.code == code] == [
        (code, f"{split}{place}", at + 1)
    ]
    assert report.counts[code] == 1


@pytest.mark.parametrize("error", [PermissionError, FileNotFoundError, IsADirectoryError, NotADirectoryError])
def test_a_file_that_cannot_be_opened_is_named_beside_the_others(error: type[OSError]) -> None:
    def refuse() -> io.BytesIO:
        raise error(1, "Reason")

    named = {"train": [DataFile("a", refuse), DataFile("b", partial(io.BytesIO, example("a", "b")))]}
    report = validated(named, 100, 100, 1, digest=False)
    assert [(one.code, one.file, one.message) for one in report.findings if one.code == "DATA-FILE-MISSING"] == [
        ("DATA-FILE-MISSING", "a", "cannot open the file: reason")
    ]
    assert (report.splits["train"].rows, report.is_valid) == (1, False)
