"""Checks of an example's files that need nothing but its line: how many, which types, how large."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from components.base_models.facts import Limits, Modality, ModalityLimits
from components.dataset_validation.findings.finding import Problem, shown
from components.dataset_validation.lines.media_file import MediaFile
from components.dataset_validation.media.modality import Modalities

OTHER = "other"
"""What files are counted under whose MIME type belongs to no modality."""
_KEPT_TYPES = 64
"""A dataset has a handful of MIME types; hostile ones must not fill the memory."""


@dataclass(frozen=True)
class _Type:
    """What is known of one MIME type."""

    modality: Modality | None
    limits: ModalityLimits
    listed: bool


class LineChecks:
    """Checks the files of one example after the other.

    Args:
        limits: The service's limits.
    """

    def __init__(self, limits: Limits) -> None:
        self._limits = limits.media
        self._modalities = Modalities(limits.media)
        self._types: dict[str, _Type] = {}
        self._fewest = min((one.max_files for one in limits.media.values() if one.max_files is not None), default=None)

    def modality(self, mime_type: str) -> Modality | None:
        """The modality of a MIME type; None when it belongs to none."""
        return self._type(mime_type).modality

    def check(self, files: Sequence[MediaFile], counts: Counter[str]) -> list[Problem]:
        """What is wrong with the files of one example.

        Args:
            files: The files.
            counts: Number of files by modality, or `other`; these are added.
        """
        problems: list[Problem] = []
        for file in files:
            kind = self._types.get(file.mime_type) or self._type(file.mime_type)
            counts[kind.modality or OTHER] += 1
            if not kind.listed:
                problems.append(self._unlisted(file, kind.modality))
            limit = kind.limits.max_bytes
            if file.bytes and kind.modality is not None and limit is not None and file.bytes > limit:
                problems.append(too_large(file, kind.modality, file.bytes, limit))
        if self._fewest is not None and len(files) > self._fewest:
            problems.extend(self._too_many(files))
        return problems

    def _type(self, mime_type: str) -> _Type:
        known = self._types.get(mime_type)
        if known is None:
            modality = self._modalities.of(mime_type)
            limits = self._limits.get(modality) if modality else None
            known = _Type(modality, limits or ModalityLimits(), self._modalities.is_listed(mime_type))
            if len(self._types) < _KEPT_TYPES:
                self._types[mime_type] = known
        return known

    def _too_many(self, files: Sequence[MediaFile]) -> Iterator[Problem]:
        by_modality: dict[Modality, list[MediaFile]] = {}
        for file in files:
            modality = self.modality(file.mime_type)
            if modality is not None:
                by_modality.setdefault(modality, []).append(file)
        for modality, alike in by_modality.items():
            limit = self._limits[modality].max_files if modality in self._limits else None
            if limit is not None and len(alike) > limit:
                message = f"{len(alike)} {modality} files; the limit is {limit}"
                yield Problem("DATA-MEDIA-COUNT", message, alike[limit].json_path)

    def _unlisted(self, file: MediaFile, modality: Modality | None) -> Problem:
        kind = shown(file.mime_type)
        what = f"{kind} is not among the {modality} types" if modality else f"{kind} belongs to no modality"
        meant = self._modalities.meant(file.mime_type)
        remedy = f"did you mean {meant}?" if meant else ""
        return Problem("DATA-MEDIA-TYPE", what, f"{file.json_path}.mimeType", remedy)


def too_large(file: MediaFile, modality: Modality, size: int, limit: int) -> Problem:
    """The problem of a file above the size limit of its modality."""
    message = f"the {modality} file has {size:,} bytes; the limit is {limit:,}"
    return Problem("DATA-MEDIA-SIZE", message, file.json_path)
