"""Reads keys in snake_case as the camelCase that the format documents."""

from __future__ import annotations

from typing import Any

_CAMEL = {
    "system_instruction": "systemInstruction",
    "generation_config": "generationConfig",
    "media_resolution": "mediaResolution",
    "function_declarations": "functionDeclarations",
    "file_data": "fileData",
    "inline_data": "inlineData",
    "function_call": "functionCall",
    "function_response": "functionResponse",
    "video_metadata": "videoMetadata",
    "mime_type": "mimeType",
    "file_uri": "fileUri",
    "start_offset": "startOffset",
    "end_offset": "endOffset",
}
# Below these keys lies what the user defines: names and values of function arguments, schemas.
_FREE = {"args", "response", "parameters"}


class BothSpellings(ValueError):
    """An object has a key in both spellings."""


def camel_case(value: Any) -> tuple[Any, list[str]]:
    """The value with the format's own keys in camelCase, and the places that were in snake_case.

    Proto JSON accepts both spellings, and some of Google's samples use snake_case.

    Raises:
        BothSpellings: An object has one key in both spellings; the message is its camelCase form.
    """
    renamed: list[str] = []
    return _converted(value, "", renamed), renamed


def _converted(value: Any, path: str, renamed: list[str]) -> Any:
    if isinstance(value, list):
        return [_converted(item, f"{path}[{index}]", renamed) for index, item in enumerate(value)]
    if not isinstance(value, dict):
        return value
    result: dict[str, Any] = {}
    for key, item in value.items():
        camel: str = _CAMEL.get(key) or key
        place = f"{path}.{key}" if path else key
        if camel != key:
            if camel in value:
                raise BothSpellings(camel)
            renamed.append(place)
        result[camel] = item if camel in _FREE else _converted(item, place, renamed)
    return result
