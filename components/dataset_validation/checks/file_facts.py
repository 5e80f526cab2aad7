"""Facts about one file of a dataset: sizes, tokens, lengths and labels."""

from __future__ import annotations

from array import array

import msgspec
import numpy as np

from components.dataset_validation.checks.split_record import SplitRecord


class Distribution(msgspec.Struct, frozen=True):
    """Percentiles of a count over the examples of a file; each is a count that occurs."""

    p5: int
    p50: int
    p95: int
    max: int


class FileFacts(msgspec.Struct, frozen=True):
    """What is in one file.

    Attributes:
        file: The file as the caller named it.
        rows: Lines that are not blank, valid or not.
        valid: Examples without an error; the facts below are about them.
        bytes: Size of the file.
        sha256: Hex digest of the file's bytes.
        tokens: Estimated tokens of all examples, input and output.
        tokens_per_example: Estimated tokens of one example.
        prompt_chars: Characters of a prompt, without the system instruction.
        answer_chars: Characters of an answer.
        distinct_answers: Number of different answers.
        labels: The most frequent labels with their counts, see `AnswerTally.labels`.
        system_instructions: Number of different system instructions; none counts as one.
        media_files: Number of parts that refer to a file.
    """

    file: str
    rows: int
    valid: int
    bytes: int
    sha256: str
    tokens: int
    tokens_per_example: Distribution
    prompt_chars: Distribution
    answer_chars: Distribution
    distinct_answers: int
    labels: dict[str, int]
    system_instructions: int
    media_files: int


def file_facts(file: str, rows: int, size: int, sha256: str, record: SplitRecord) -> FileFacts:
    """The facts of a file that was read to its end."""
    return FileFacts(
        file=file,
        rows=rows,
        valid=len(record),
        bytes=size,
        sha256=sha256,
        tokens=sum(record.tokens),
        tokens_per_example=_distribution(record.tokens),
        prompt_chars=_distribution(record.prompt_chars),
        answer_chars=_distribution(record.answer_chars),
        distinct_answers=len(set(record.answers)),
        labels=record.tally.labels(len(record)),
        system_instructions=len(record.systems),
        media_files=record.media_files,
    )


def _distribution(counts: array[int]) -> Distribution:
    if not counts:
        return Distribution(0, 0, 0, 0)
    p5, p50, p95 = np.percentile(np.frombuffer(counts, dtype=np.uint32), (5, 50, 95), method="lower")
    return Distribution(int(p5), int(p50), int(p95), max(counts))
