"""Validates a tuning dataset: every line of every file, then the dataset as a whole."""

from __future__ import annotations

from collections.abc import Mapping

from components.base_models.facts import Limits
from components.dataset_validation.checks.dataset_checks import (
    check_answer_forms,
    check_leakage,
    check_media_resolution,
    check_repetition,
)
from components.dataset_validation.checks.file_facts import FileFacts, file_facts
from components.dataset_validation.checks.limit_checks import check_sizes, check_tokens
from components.dataset_validation.checks.split_record import SplitRecord
from components.dataset_validation.findings.finding import Problem
from components.dataset_validation.findings.finding_log import FindingLog
from components.dataset_validation.findings.report import DatasetReport, sorted_report
from components.dataset_validation.lines.exact_line import read_exactly
from components.dataset_validation.lines.file_form import file_form_problem
from components.dataset_validation.lines.line_stream import BinarySource, LineStream
from components.dataset_validation.lines.typed_line import read_typed
from components.dataset_validation.settings import ValidationSettings

SPLITS = ("train", "validation", "test")


def validate_dataset(
    files: Mapping[str, BinarySource],
    settings: ValidationSettings,
    limits: Limits,
    names: Mapping[str, str] | None = None,
) -> DatasetReport:
    """The findings and facts of a dataset.

    Every file is streamed once from its beginning to its end, so memory does not grow with the file but by 40 bytes an
    example, and the reported digest is that of the bytes that were checked.

    Args:
        files: How to open the file of each split: `train`, `validation`, `test`; any subset.
        settings: How strict the checks are.
        limits: The service's limits for the base models that are tuned.
        names: What each split's file is called in findings; `train.jsonl` and so on by default.

    Raises:
        RetuneError: A file's storage failed while it was read.
    """
    present = [split for split in SPLITS if split in files]
    called = {split: (names or {}).get(split, f"{split}.jsonl") for split in present}
    log = FindingLog(settings, called)
    records: dict[str, SplitRecord] = {}
    facts: dict[str, FileFacts] = {}
    for split in present:
        record = SplitRecord()
        facts[split] = _read_file(split, files[split], called[split], record, log)
        if facts[split].rows:
            records[split] = record
            check_tokens(split, record, limits, log)
    check_sizes(facts, limits, settings, log)
    check_media_resolution(records, log)
    check_repetition(records, log)
    check_leakage(records, settings, log)
    check_answer_forms(records, settings, log)
    return sorted_report(log.findings, log.counts, facts)


def _read_file(split: str, source: BinarySource, name: str, record: SplitRecord, log: FindingLog) -> FileFacts:
    """Facts of a file; its findings go to the log, its examples to the record."""
    try:
        stream = source()
    except (FileNotFoundError, PermissionError, IsADirectoryError, NotADirectoryError) as error:
        reason = (error.strerror or "missing").lower()
        log.add(split, 0, Problem("DATA-FILE-MISSING", f"cannot open the file: {reason}"))
        return file_facts(name, 0, 0, "", record)
    with stream:
        lines = LineStream(stream)
        form = file_form_problem(lines.head)
        if form is not None:
            log.add(split, 0, form)
            return file_facts(name, 0, lines.bytes, "", record)
        rows = _read_lines(split, lines, record, log)
    return file_facts(name, rows, lines.bytes, lines.sha256, record)


def _read_lines(split: str, lines: LineStream, record: SplitRecord, log: FindingLog) -> int:
    rows = 0
    for number, line in lines:
        rows += 1
        if line is None:
            log.add(split, number, Problem("DATA-LINE-SIZE", "the line is longer than 32 MiB"))
            continue
        reading = read_typed(line)
        if reading is None:
            reading, problems = read_exactly(line)
            for problem in problems:
                log.add(split, number, problem)
            rows -= not line.strip()
        if reading is not None:
            record.add(number, reading)
    return rows
