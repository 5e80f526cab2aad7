"""Compares the files that examples name with what is stored and with the service's limits."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from components.base_models.facts import Limits, Modality
from components.dataset_validation.findings.finding import Problem, shown
from components.dataset_validation.findings.finding_log import FindingLog
from components.dataset_validation.lines.data_file import DataFile
from components.dataset_validation.lines.media_file import MediaFile
from components.dataset_validation.lines.readings import valid_readings
from components.dataset_validation.media.contents import Contents
from components.dataset_validation.media.line_checks import LineChecks, too_large
from components.dataset_validation.media.lookups import Looked, Lookups, Mention
from components.dataset_validation.media.modality import same_format
from components.dataset_validation.media.settings import MediaSettings
from components.dataset_validation.media.stored_files import StoredFiles


def check(
    files: Mapping[str, Sequence[DataFile]],
    settings: MediaSettings,
    limits: Limits,
    log: FindingLog,
    connect: Callable[[], StoredFiles],
) -> None:
    """Look up every `gs://` address of the valid examples once and report each line that names a bad file.

    Takes about 500 bytes of memory for each distinct address.

    Args:
        files: The files of each split.
        settings: Whether the files are read too.
        limits: The service's limits.
        log: Takes the findings.
        connect: Makes an access to the storage, once for each thread that looks up files.

    Raises:
        RetuneError: The storage failed.
    """
    largest = {modality: one.max_bytes for modality, one in limits.media.items() if one.max_bytes is not None}
    with Lookups(connect, largest, headers=settings.headers) as lookups:
        for mention, looked in lookups.answers(_mentions(files, LineChecks(limits))):
            for problem in _problems(mention, looked, limits):
                log.add(mention.split, mention.line, problem, mention.name)


def _mentions(files: Mapping[str, Sequence[DataFile]], checks: LineChecks) -> Iterator[Mention]:
    for split, named in files.items():
        for data in named:
            for line, reading in valid_readings(data.open):
                for file in reading.files:
                    modality = checks.modality(file.mime_type)
                    if file.uri.startswith("gs://"):
                        resolution = file.resolution or reading.media_resolution
                        yield Mention(split, data.name, line, file, modality, resolution)


def _problems(mention: Mention, looked: Looked, limits: Limits) -> Iterator[Problem]:
    file, modality, stored = mention.file, mention.modality, looked.metadata
    if stored is None:
        yield Problem("DATA-MEDIA-MISSING", looked.reason, f"{file.json_path}.fileUri")
        return
    if not same_format(stored.content_type, file.mime_type):
        message = f"stored as {shown(stored.content_type)}, named {shown(file.mime_type)}"
        yield Problem("DATA-MEDIA-TYPE-STORED", message, f"{file.json_path}.mimeType")
    if not stored.size:
        yield Problem("DATA-MEDIA-UNREADABLE", "the file is empty", file.json_path)
    if modality is None or modality not in limits.media:
        return
    limit = limits.media[modality].max_bytes
    if limit is not None and stored.size > limit:
        yield too_large(file, modality, stored.size, limit)
    if looked.contents is not None:
        yield from _content_problems(mention, looked.contents, modality, limits)


def _content_problems(mention: Mention, contents: Contents, modality: Modality, limits: Limits) -> Iterator[Problem]:
    allowed, place = limits.media[modality], mention.file.json_path
    if contents.problem:
        yield Problem("DATA-MEDIA-UNREADABLE", f"the {modality} cannot be read: {contents.problem}", place)
    longest = allowed.max_seconds
    if mention.resolution == "MEDIA_RESOLUTION_LOW" and allowed.max_seconds_low is not None:
        longest = allowed.max_seconds_low
    if contents.seconds is not None and longest is not None:
        seconds = _clip(mention.file, contents.seconds)
        if seconds > longest:
            message = f"the {modality} is {_minutes(seconds)} long; the limit is {_minutes(longest)}"
            yield Problem("DATA-MEDIA-DURATION", message, place)
    if contents.pages is not None and allowed.max_pages is not None and contents.pages > allowed.max_pages:
        message = f"the document has {contents.pages:,} pages; the limit is {allowed.max_pages:,}"
        yield Problem("DATA-MEDIA-PAGES", message, place)


def _clip(file: MediaFile, seconds: float) -> float:
    """The length of what `videoMetadata` leaves of a file."""
    end = seconds if file.end is None else min(file.end, seconds)
    return end - file.start


def _minutes(seconds: float) -> str:
    return f"{seconds / 60:.1f} minutes" if seconds >= 60 else f"{seconds:.1f} s"
