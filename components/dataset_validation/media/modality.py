"""Which modality a MIME type belongs to, and which type was meant."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import get_args

from components.base_models.facts import Modality, ModalityLimits
from components.dataset_validation.shape.spelling import nearest

_SPELLINGS = {
    "jpg": "jpeg",
    "pjpeg": "jpeg",
    "wave": "wav",
    "vnd.wave": "wav",
    "mp3": "mpeg",
    "mpga": "mpeg",
    "mpg": "mpeg",
    "mpegs": "mpeg",
    "m4a": "mp4",
    "m4v": "mp4",
    "aacp": "aac",
    "ms-wmv": "wmv",
    "opus": "ogg",
}
"""Subtypes, without `x-`, that name the format of another one."""
_SAYS_NOTHING = ("", "application/octet-stream", "binary/octet-stream")
_CONTAINERS = ("audio", "video", "application")


def bare(mime_type: str) -> str:
    """The type without parameters, in small letters, in which it is compared."""
    return mime_type.partition(";")[0].strip().lower()


@lru_cache(maxsize=64)
def same_format(stored: str, named: str) -> bool:
    """Whether a stored content type can be that of a file that an example names with a MIME type.

    `audio/mp4` and `video/mp4` are the same container, which Cloud Storage's clients guess from the file's name.
    """
    stored, named = bare(stored), bare(named)
    if stored in _SAYS_NOTHING or stored == named:
        return True
    (stored_kind, stored_format), (named_kind, named_format) = _parts(stored), _parts(named)
    same_kind = stored_kind == named_kind or (stored_kind in _CONTAINERS and named_kind in _CONTAINERS)
    return same_kind and stored_format == named_format


def _parts(mime_type: str) -> tuple[str, str]:
    kind, _, subtype = mime_type.partition("/")
    subtype = subtype.removeprefix("x-")
    return kind, _SPELLINGS.get(subtype, subtype)


class Modalities:
    """The modalities that have limits, by MIME type.

    Args:
        limits: Limits by modality; without any of one, its types are known by their first word only.
    """

    def __init__(self, limits: Mapping[Modality, ModalityLimits]) -> None:
        self._listed = {kind: modality for modality, one in limits.items() for kind in one.mime_types}
        self._checked = {modality for modality, one in limits.items() if one.mime_types}

    def of(self, mime_type: str) -> Modality | None:
        """The modality; None for a type that belongs to none, such as `application/zip`."""
        kind = bare(mime_type)
        listed = self._listed.get(kind)
        if listed is not None:
            return listed
        first = kind.partition("/")[0]
        for modality in get_args(Modality):
            if first == modality or (modality == "document" and kind == "application/pdf"):
                return modality  # type: ignore[no-any-return]
        return None

    def is_listed(self, mime_type: str) -> bool:
        """Whether the type is one of those that are known to be read; True where none are known."""
        modality = self.of(mime_type)
        return bare(mime_type) in self._listed or (modality is not None and modality not in self._checked)

    def meant(self, mime_type: str) -> str | None:
        """The listed type that was probably meant; None when nothing is close."""
        first, _, subtype = bare(mime_type).partition("/")
        alike = {kind.partition("/")[2]: kind for kind in self._listed if kind.startswith(f"{first}/")}
        close = nearest(subtype, alike)
        return alike[close] if close else None
