"""Validates a tuning dataset: every line of every file, then the dataset as a whole."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import IO

from components.base_models.facts import Limits
from components.dataset_validation.checks.cut_off_checks import check_cut_off
from components.dataset_validation.checks.dataset_checks import (
    check_answer_forms,
    check_field_types,
    check_leakage,
    check_media_resolution,
    check_repetition,
)
from components.dataset_validation.checks.file_facts import FileFacts, file_facts
from components.dataset_validation.checks.label_checks import check_labels
from components.dataset_validation.checks.language_checks import check_languages, spoken_in
from components.dataset_validation.checks.length_checks import check_lengths
from components.dataset_validation.checks.limit_checks import check_sizes
from components.dataset_validation.checks.system_checks import check_systems
from components.dataset_validation.engine.chunk import CHUNK_BYTES, Chunk, StreamChunks, ranges
from components.dataset_validation.engine.chunk_reader import TEST_ANSWER
from components.dataset_validation.engine.known_prompts import KnownPrompts
from components.dataset_validation.engine.split_record import FilePart, SplitRecord
from components.dataset_validation.engine.workers import ChunkReaders, useful_workers
from components.dataset_validation.findings.finding import Problem
from components.dataset_validation.findings.finding_log import FindingLog
from components.dataset_validation.findings.report import DatasetReport, sorted_report
from components.dataset_validation.lines.data_file import DataFile
from components.dataset_validation.lines.file_form import file_form_problem
from components.dataset_validation.media.stored_files import StoredFiles
from components.dataset_validation.settings import ValidationSettings

SPLITS = ("train", "validation", "test")
HEAD_BYTES = 1 << 20

Progress = Callable[[int], None]


def validate_dataset(
    files: Mapping[str, Sequence[DataFile]],
    settings: ValidationSettings,
    limits: Limits,
    *,
    progress: Progress = lambda _: None,
    workers: int = 0,
    digest: bool = False,
    connect: Callable[[], StoredFiles] | None = None,
) -> DatasetReport:
    """The findings and facts of a dataset.

    Every file is read once, in chunks of a fixed size, so memory does not grow with the file but by 16 bytes an example
    (24 in the validation and test files), and the report does not depend on the number of processes.

    Args:
        files: The files of each split: `train`, `validation`, `test`; any subset. Several files of one split are taken
            as one, in their order.
        settings: How strict the checks are.
        limits: The service's limits for the base models that are tuned.
        progress: Is told, now and then, how many bytes of all files were read.
        workers: Number of processes; 0 for as many as are useful.
        digest: Whether each file's SHA-256 is wanted; this process then reads the files, so that the digest is that of
            the bytes that were checked.
        connect: Makes an access to the storage of `gs://` files that examples name, once in each thread that needs one;
            for `settings.media.enabled`.

    Raises:
        RetuneError: A file's storage failed while it was read.
        ValueError: Files are to be looked up, and nobody says where.
    """
    present = {split: list(files[split]) for split in SPLITS if files.get(split)}
    names = {split: named[0].name if len(named) == 1 else f"{len(named)} files" for split, named in present.items()}
    reader = _DatasetReader(limits, workers, progress, digest)
    # What tuning must not have seen comes first: its prompts are looked for while the training file passes.
    for split in sorted(present, key=SPLITS.index, reverse=True):
        reader.read(split, present[split])
    records = {split: reader.records[split] for split in present}
    log = FindingLog(settings, names)
    _log_lines(records, reader.unreadable, log)
    spoken = {split: spoken_in(record) for split, record in records.items()}
    facts = {split: file_facts(record, spoken[split]) for split, record in records.items()}
    readable = {split: record for split, record in records.items() if record.rows}
    check_sizes(facts, limits, settings, log)
    check_media_resolution(readable, log)
    check_repetition(readable, log)
    check_leakage(readable, settings, log)
    check_answer_forms(readable, settings, log)
    check_field_types(readable, settings, log)
    check_labels(readable, log)
    check_systems(readable, log)
    check_lengths(readable, log)
    check_cut_off(readable, log)
    check_languages(readable, {split: spoken[split] for split in readable}, log)
    unreadable = {file for _, file, _ in reader.unreadable}
    again = {split: [file for file in named if file.name not in unreadable] for split, named in present.items()}
    facts = _read_again(again, settings, limits, facts, log, connect)
    order = [file.name for named in present.values() for file in named]
    return sorted_report(log.findings, log.counts, facts, order)


def _read_again(
    files: Mapping[str, Sequence[DataFile]],
    settings: ValidationSettings,
    limits: Limits,
    facts: dict[str, FileFacts],
    log: FindingLog,
    connect: Callable[[], StoredFiles] | None,
) -> dict[str, FileFacts]:
    """The checks that need the texts once more, each loaded when it is asked for; returns the facts with theirs."""
    if settings.near_duplicates.enabled:
        from components.dataset_validation.near_duplicates.check import check as check_near_duplicates

        check_near_duplicates(files, settings, limits, log)
    if settings.media.enabled:
        from components.dataset_validation.media.check import check as check_media

        if connect is None:
            raise ValueError("validation.media is enabled, but no access to the stored files is given")
        check_media(files, settings.media, limits, log, connect)
    if settings.personal_data.enabled or settings.ages.field:
        from components.dataset_validation.text_checks import check_texts

        return check_texts(files, settings, facts, log)
    return facts


class _DatasetReader:
    """Reads the splits one after the other.

    Attributes:
        records: What is kept of each split.
        unreadable: Why a file could not be read line by line: split, file name and problem.
    """

    def __init__(self, limits: Limits, workers: int, progress: Progress, digest: bool) -> None:
        self._limits = limits
        self._workers = workers
        self._progress = progress
        self._digest = digest
        self._bytes = 0
        self.records: dict[str, SplitRecord] = {}
        self.unreadable: list[tuple[str, str, Problem]] = []

    def read(self, split: str, files: Sequence[DataFile]) -> None:
        """Read all files of a split; in the training split the prompts of the splits that were read are looked for."""
        others = list(self.records.values()) if split == "train" else []
        known = KnownPrompts([one.prompts for one in others], [one.tails for one in others])
        record = self.records[split] = SplitRecord()
        workers = self._workers or useful_workers(sum(file.size or 0 for file in files))
        with ChunkReaders(workers, self._limits, known, record) as readers:
            for file in files:
                part = record.begin_file(file.name)
                try:
                    stream = file.open()
                except (FileNotFoundError, PermissionError, IsADirectoryError, NotADirectoryError) as error:
                    reason = (error.strerror or "missing").lower()
                    problem = Problem("DATA-FILE-MISSING", f"cannot open the file: {reason}")
                    self.unreadable.append((split, file.name, problem))
                    continue
                with stream:
                    for result in readers.results(self._chunks(split, file, part, stream)):
                        record.merge(result)

    def _chunks(self, split: str, file: DataFile, part: FilePart, stream: IO[bytes]) -> Iterator[Chunk]:
        head = stream.read(HEAD_BYTES)
        form = file_form_problem(head)
        if form is not None:
            self.unreadable.append((split, file.name, form))
            part.bytes = len(head) if file.size is None else file.size
            return
        if file.path is not None and file.size is not None and not self._digest:
            part.bytes = file.size
            yield from self._watched(ranges(file.path, file.size, CHUNK_BYTES))
            return
        chunks = StreamChunks(_Rewound(head, stream), CHUNK_BYTES)
        yield from self._watched(chunks)
        part.bytes, part.sha256 = chunks.bytes, chunks.sha256.hexdigest()

    def _watched(self, chunks: Iterable[Chunk]) -> Iterator[Chunk]:
        for chunk in chunks:
            yield chunk
            self._bytes += chunk.stop - chunk.start if chunk.data is None else len(chunk.data)
            self._progress(self._bytes)


class _Rewound:
    """A stream whose beginning was read already."""

    def __init__(self, head: bytes, stream: IO[bytes]) -> None:
        self._head, self._stream = head, stream

    def read(self, size: int) -> bytes:
        if self._head:
            block, self._head = self._head[:size], self._head[size:]
            return block
        return self._stream.read(size)


def _log_lines(
    records: Mapping[str, SplitRecord], unreadable: Sequence[tuple[str, str, Problem]], log: FindingLog
) -> None:
    for split, record in records.items():
        for unread, file, problem in unreadable:
            if unread == split:
                log.add(split, 0, problem, file)
        for part in record.files:
            for code, count in part.findings.counts.items():
                if code == TEST_ANSWER and split != "test":
                    continue
                log.count(split, code, count, part.findings.first[code], part.name)
            if part.line_ends:
                message = f"{part.line_ends:,} of {part.lines:,} line(s) end in CR LF"
                log.add(split, 0, Problem("DATA-LINE-END", message), part.name)
