"""Looks up stored files: each address once, several at a time, answers in the order of the questions."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Generic, TypeVar

from components.base_models.facts import Modality
from components.dataset_validation.lines.media_file import MediaFile
from components.dataset_validation.media.contents import Contents
from components.dataset_validation.media.header_reader import HeaderReader
from components.dataset_validation.media.stored_files import NOT_THERE, FileMetadata, StoredFiles
from components.errors import RetuneError

CONCURRENT_REQUESTS = 32
CONCURRENT_HEADERS = 4
"""Whole documents of 20 MB may be on their way at the same time."""
WINDOW = 2048
"""So many files are asked for before the first answer is waited for."""

Key = TypeVar("Key")
Answer = TypeVar("Answer")


@dataclass(frozen=True)
class Mention:
    """A file at the place where an example names it.

    Attributes:
        split: The example's split.
        name: The example's file.
        line: Its line.
        file: The file.
        modality: The modality of its MIME type; None for a type of none.
        resolution: `mediaResolution` of the part, or of the example; empty when there is none.
    """

    split: str
    name: str
    line: int
    file: MediaFile
    modality: Modality | None
    resolution: str


@dataclass(frozen=True)
class Looked:
    """What was found at an address.

    Attributes:
        metadata: What is stored there; None when nothing can be read.
        reason: Why not.
        contents: What the file says of itself; None when it was not asked.
    """

    metadata: FileMetadata | None
    reason: str = ""
    contents: Contents | None = None


class _Once(Generic[Key, Answer]):
    """Runs a job once for each key; an answer that was given takes a fraction of its job's memory."""

    def __init__(self, threads: int) -> None:
        self.pool = ThreadPoolExecutor(threads)
        self._jobs: dict[Key, Future[Answer]] = {}
        self._answers: dict[Key, Answer] = {}

    def begin(self, key: Key, job: Callable[[Key], Answer]) -> None:
        """Begin the job unless it was begun."""
        # In this order: another thread that takes an answer stores it before it forgets the job.
        if key not in self._jobs and key not in self._answers:
            self._jobs[key] = self.pool.submit(job, key)

    def answer(self, key: Key) -> Answer:
        """The answer of a job that was begun; waits for it."""
        job = self._jobs.get(key)
        if job is not None:
            self._answers[key] = job.result()
            self._jobs.pop(key, None)
        return self._answers[key]


class Lookups:
    """Looks up files; use it in a `with` statement, which ends what is under way.

    Args:
        connect: Makes an access to the storage; called once in each thread, because Google's clients are not made to
            be shared.
        largest: Sizes by modality above which a file is not read.
        headers: Whether files are read for their length and pages.
    """

    def __init__(self, connect: Callable[[], StoredFiles], largest: dict[Modality, int], *, headers: bool) -> None:
        self._connect = connect
        self._largest = largest
        self._thread = threading.local()
        self._metadata: _Once[str, Looked] = _Once(CONCURRENT_REQUESTS)
        self._contents: _Once[tuple[str, Modality], Contents | None] = _Once(CONCURRENT_HEADERS)
        self._reader = HeaderReader() if headers else None

    def __enter__(self) -> Lookups:
        """Nothing is started before it is needed."""
        return self

    def __exit__(self, *_: object) -> None:
        """Give up what nobody waits for any more."""
        for pool in (self._metadata.pool, self._contents.pool):
            pool.shutdown(cancel_futures=True)
        if self._reader is not None:
            self._reader.close()

    def answers(self, mentions: Iterable[Mention]) -> Iterator[tuple[Mention, Looked]]:
        """Each mention with what was found at its address, in the order of the mentions.

        Raises:
            RetuneError: The storage failed.
        """
        waiting: deque[Mention] = deque()
        for mention in mentions:
            self._begin(mention)
            waiting.append(mention)
            if len(waiting) > WINDOW:
                yield self._answer(waiting.popleft())
        while waiting:
            yield self._answer(waiting.popleft())

    def _begin(self, mention: Mention) -> None:
        self._metadata.begin(mention.file.uri, self._look_up)
        if self._reader is not None and mention.modality is not None:
            self._contents.begin((mention.file.uri, mention.modality), self._read)

    def _answer(self, mention: Mention) -> tuple[Mention, Looked]:
        looked = self._metadata.answer(mention.file.uri)
        if self._reader is None or looked.metadata is None or mention.modality is None:
            return mention, looked
        return mention, Looked(looked.metadata, "", self._contents.answer((mention.file.uri, mention.modality)))

    def _look_up(self, uri: str) -> Looked:
        try:
            return Looked(self._storage().metadata(uri))
        except RetuneError as error:
            if error.code not in NOT_THERE:
                raise
            return Looked(None, NOT_THERE[error.code])

    def _read(self, key: tuple[str, Modality]) -> Contents | None:
        # Its lookup was begun before and in the same order, so it does not wait for this job.
        uri, modality = key
        metadata = self._metadata.answer(uri).metadata
        assert self._reader is not None
        if metadata is None or not 0 < metadata.size <= self._largest.get(modality, metadata.size):
            return None
        try:
            return self._reader.read(self._storage(), uri, metadata, modality)
        except RetuneError as error:
            if error.code not in NOT_THERE:
                raise
            return Contents(problem="it was replaced or deleted while it was read")

    def _storage(self) -> StoredFiles:
        if not hasattr(self._thread, "storage"):
            self._thread.storage = self._connect()
        storage: StoredFiles = self._thread.storage
        return storage
