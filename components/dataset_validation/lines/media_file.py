"""A file that an example names or carries."""

from __future__ import annotations

import re
from typing import Any

import msgspec

_SECONDS = re.compile(r"\d{1,9}(\.\d{1,9})?s")


class MediaFile(msgspec.Struct, frozen=True, gc=False):
    """One part of an example that is a file.

    Attributes:
        mime_type: As the example writes it.
        uri: Address of a fileData part; empty for inlineData.
        turn: Number of the turn, from 0.
        part: Number of the part in its turn, from 0.
        bytes: Size of inlineData without its base64; 0 for fileData.
        start: Where the clip begins that `videoMetadata` cuts out, seconds.
        end: Where it ends; None for the end of the file.
        resolution: The part's own `mediaResolution`; empty when there is none.
    """

    mime_type: str
    uri: str
    turn: int
    part: int
    bytes: int = 0
    start: float = 0.0
    end: float | None = None
    resolution: str = ""

    @property
    def json_path(self) -> str:
        """Place inside the line, such as `contents[0].parts[1].fileData`."""
        return f"contents[{self.turn}].parts[{self.part}].{'fileData' if self.uri else 'inlineData'}"


def media_files(contents: list[dict[str, Any]]) -> tuple[MediaFile, ...]:
    """The files in the turns of an example without errors, keys in camelCase."""
    return tuple(
        _media_file(part, index, number)
        for index, turn in enumerate(contents)
        for number, part in enumerate(turn["parts"])
        if "fileData" in part or "inlineData" in part
    )


def _media_file(part: dict[str, Any], turn: int, number: int) -> MediaFile:
    clip = part.get("videoMetadata", {})
    where = {
        "turn": turn,
        "part": number,
        "start": _seconds(clip.get("startOffset")) or 0.0,
        "end": _seconds(clip.get("endOffset")),
        "resolution": part.get("mediaResolution", {}).get("level", ""),
    }
    if "fileData" in part:
        return MediaFile(part["fileData"]["mimeType"], part["fileData"]["fileUri"], **where)
    data = part["inlineData"]["data"].rstrip("=")
    return MediaFile(part["inlineData"]["mimeType"], "", bytes=len(data) * 3 // 4, **where)


def _seconds(offset: object) -> float | None:
    """The seconds of a duration as proto JSON writes it, `3.5s`; None when there is none or it is something else."""
    return float(offset[:-1]) if isinstance(offset, str) and _SECONDS.fullmatch(offset) else None
