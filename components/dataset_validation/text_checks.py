"""Reads the examples once more for the checks that need their texts by turn and part."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Protocol

import msgspec

from components.dataset_validation.ages.check import AgeCheck
from components.dataset_validation.checks.file_facts import FileFacts
from components.dataset_validation.example import Example, decode_example
from components.dataset_validation.findings.finding_log import FindingLog
from components.dataset_validation.lines.data_file import DataFile
from components.dataset_validation.lines.line_stream import LineStream
from components.dataset_validation.personal_data.check import PersonalDataCheck
from components.dataset_validation.settings import ValidationSettings

BATCH_BYTES = 1 << 20


class TextCheck(Protocol):
    """A check that looks at examples one by one."""

    def wants(self, lines: Sequence[bytes]) -> list[bool]:
        """Of which lines the check must see the examples."""

    def look(self, split: str, file: str, number: int, example: Example) -> None:
        """See the example of a line."""


def check_texts(
    files: Mapping[str, Sequence[DataFile]],
    settings: ValidationSettings,
    facts: Mapping[str, FileFacts],
    log: FindingLog,
) -> dict[str, FileFacts]:
    """Look for personal data and secrets and read dates, as far as the settings ask for it.

    Returns:
        The facts of each split, with its first and last date where dates are read.
    """
    ages = AgeCheck(settings.ages, settings.ages.field, log) if settings.ages.field else None
    personal = PersonalDataCheck(settings.personal_data, log) if settings.personal_data.enabled else None
    checks: list[TextCheck] = [check for check in (ages, personal) if check is not None]
    for split, named in files.items():
        for file in named:
            _read(split, file, checks)
    spans = ages.finish() if ages is not None else {}
    return {split: msgspec.structs.replace(one, dates=spans.get(split)) for split, one in facts.items()}


def _read(split: str, file: DataFile, checks: Sequence[TextCheck]) -> None:
    with file.open() as stream:
        for batch in _batches(LineStream(stream)):
            numbers, lines = zip(*batch, strict=True)
            wanted = [check.wants(lines) for check in checks]
            for number, line, *wants in zip(numbers, lines, *wanted, strict=True):
                example = _decoded(line) if any(wants) else None
                for check, wanting in zip(checks, wants, strict=True):
                    if wanting and example is not None:
                        check.look(split, file.name, number, example)


def _batches(lines: Iterable[tuple[int, bytes | None]]) -> Iterator[list[tuple[int, bytes]]]:
    """Lines with their numbers, about a mebibyte at a time; lines that are too long are left out."""
    batch: list[tuple[int, bytes]] = []
    size = 0
    for number, line in lines:
        if line is not None:
            batch.append((number, line))
            size += len(line)
        if size >= BATCH_BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _decoded(line: bytes) -> Example | None:
    """The example of a line; None when the line has an error, which was reported."""
    try:
        return decode_example(line)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return None
