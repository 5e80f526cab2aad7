"""Checks the parts of a turn: text, files, function calls and responses."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator
from typing import Any

from components.dataset_validation.findings.finding import Problem
from components.dataset_validation.shape.json_checks import (
    join_path,
    optional_object,
    optional_string,
    required_string,
    type_name,
    unknown_keys,
    wrong_type,
)

MEDIA_RESOLUTIONS = ("MEDIA_RESOLUTION_LOW", "MEDIA_RESOLUTION_MEDIUM", "MEDIA_RESOLUTION_HIGH")
URI_SCHEMES = ("gs://", "http://", "https://")
_DATA_KEYS = ("text", "fileData", "inlineData", "functionCall", "functionResponse")
_URL_ALPHABET = str.maketrans("-_", "+/")
_MODIFIER_KEYS = ("videoMetadata", "mediaResolution")


def part_problems(part: Any, path: str) -> Iterator[Problem]:
    """What is wrong with one part of a turn."""
    if not isinstance(part, dict):
        yield wrong_type(path, part, dict, 'write a text part as {"text": "..."}')
        return
    yield from unknown_keys(part, _DATA_KEYS + _MODIFIER_KEYS, path)
    carried = [key for key in _DATA_KEYS if key in part]
    if len(carried) != 1:
        found = f"a part with {' and '.join(carried)}" if carried else f"a part without any of {', '.join(_DATA_KEYS)}"
        yield Problem("DATA-PART", found, path)
    if "text" in part:
        yield from required_string(part, "text", path)
    yield from _file(part, path)
    yield from _function(part, path)
    yield from _video_metadata(part, path)
    yield from _media_resolution(part, path)


def resolution_problems(value: Any, path: str) -> Iterator[Problem]:
    """What is wrong with a mediaResolution name."""
    if value not in MEDIA_RESOLUTIONS:
        yield Problem("DATA-MEDIA-RESOLUTION", "not a name of a media resolution", path)


def _file(part: dict[str, Any], path: str) -> Iterator[Problem]:
    if "inlineData" in part:
        yield Problem("DATA-INLINE-DATA", "inlineData is undocumented for tuning", join_path(path, "inlineData"))
        yield from _named_object(part, "inlineData", ("mimeType", "data"), path)
        yield from _base64(part["inlineData"], join_path(path, "inlineData"))
    if "fileData" not in part:
        return
    place = join_path(path, "fileData")
    yield from _named_object(part, "fileData", ("mimeType", "fileUri"), path)
    file = part["fileData"]
    if not isinstance(file, dict):
        return
    uri, mime_type = file.get("fileUri"), file.get("mimeType")
    if isinstance(uri, str) and uri.strip() and not uri.startswith(URI_SCHEMES):
        yield Problem("DATA-FILE-URI", "fileUri is neither a gs:// nor an http(s) address", f"{place}.fileUri")
    if isinstance(mime_type, str) and mime_type.strip() and "/" not in mime_type:
        message = "mimeType is not of the form type/subtype"
        yield Problem("DATA-FILE-URI", message, f"{place}.mimeType", "write it like image/png")


def _named_object(part: dict[str, Any], key: str, strings: tuple[str, ...], path: str) -> Iterator[Problem]:
    place, value = join_path(path, key), part[key]
    if not isinstance(value, dict):
        yield wrong_type(place, value, dict)
        return
    yield from unknown_keys(value, strings, place)
    for string in strings:
        yield from required_string(value, string, place)


def _function(part: dict[str, Any], path: str) -> Iterator[Problem]:
    for key, payload in (("functionCall", "args"), ("functionResponse", "response")):
        if key not in part:
            continue
        place, value = join_path(path, key), part[key]
        if not isinstance(value, dict):
            yield wrong_type(place, value, dict)
            continue
        yield from unknown_keys(value, ("name", payload, "id"), place)
        yield from required_string(value, "name", place)
        yield from optional_object(value, payload, place)
        yield from optional_string(value, "id", place)


def _base64(inline: Any, path: str) -> Iterator[Problem]:
    """What is wrong with the bytes in a line; proto JSON reads both alphabets, with or without padding."""
    data = inline.get("data") if isinstance(inline, dict) else None
    if not isinstance(data, str):
        return
    try:
        base64.b64decode(data.rstrip("=").translate(_URL_ALPHABET) + "=" * (-len(data.rstrip("=")) % 4), validate=True)
    except (ValueError, binascii.Error):
        yield Problem("DATA-TYPE", "expected bytes in base64", f"{path}.data")


def _video_metadata(part: dict[str, Any], path: str) -> Iterator[Problem]:
    if "videoMetadata" not in part:
        return
    place, value = join_path(path, "videoMetadata"), part["videoMetadata"]
    if not isinstance(value, dict):
        yield wrong_type(place, value, dict)
        return
    yield from unknown_keys(value, ("startOffset", "endOffset", "fps"), place)
    for key in ("startOffset", "endOffset"):
        yield from optional_string(value, key, place)
    if "fps" in value and (isinstance(value["fps"], bool) or not isinstance(value["fps"], int | float)):
        yield Problem("DATA-TYPE", f"expected a number, found {type_name(value['fps'])}", f"{place}.fps")


def _media_resolution(part: dict[str, Any], path: str) -> Iterator[Problem]:
    if "mediaResolution" not in part:
        return
    place, value = join_path(path, "mediaResolution"), part["mediaResolution"]
    if not isinstance(value, dict):
        yield wrong_type(place, value, dict, 'write it as {"level": "MEDIA_RESOLUTION_LOW"}')
        return
    yield from unknown_keys(value, ("level",), place)
    yield from resolution_problems(value.get("level"), join_path(place, "level"))
