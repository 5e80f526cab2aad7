"""Reads a valid line in the usual form about ten times faster than `exact_line`.

A line is accepted only when it is certainly free of findings; everything else is left to the exact reader, which
names what is wrong. The design and its measurements: `benchmarks/` and this folder's `README.md`.
"""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, UnsetType

from components.dataset_validation.lines.characters import may_have_unwanted
from components.dataset_validation.lines.media_file import MediaFile
from components.dataset_validation.lines.reading import Reading, join_parts, join_turns
from components.dataset_validation.shape.part_shape import URI_SCHEMES

_Text = Annotated[str, msgspec.Meta(min_length=1)]


class _File(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    mimeType: _Text
    fileUri: _Text


class _Part(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    # UNSET and not None: null is a wrong type in this format.
    text: _Text | UnsetType = UNSET
    fileData: _File | UnsetType = UNSET


class _Turn(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    role: Literal["user", "model"]
    parts: Annotated[list[_Part], msgspec.Meta(min_length=1)]


class _SystemPart(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    text: _Text


class _System(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    parts: Annotated[list[_SystemPart], msgspec.Meta(min_length=1)]
    role: str | UnsetType = UNSET


class _Line(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    contents: Annotated[list[_Turn], msgspec.Meta(min_length=2)]
    systemInstruction: _System | UnsetType = UNSET


decode_line = msgspec.json.Decoder(_Line).decode
"""A line as typed structs.

Raises:
    msgspec.MsgspecError: The line has another shape or is no JSON.
    UnicodeDecodeError: It is not UTF-8.
"""

NOT_TYPED = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)
"""What `decode_line` raises on lines that the exact reader must look at."""

USUAL_QUOTES = 22
"""Quotes in a line of one question and one answer of one text each."""


def usual_texts(line: _Line) -> tuple[str, str] | None:
    """Question and answer of a line that consists of one text each, without a system instruction; else None."""
    contents = line.contents
    if len(contents) != 2 or line.systemInstruction is not UNSET:
        return None
    user, model = contents
    asked, answered = user.parts, model.parts
    if len(asked) != 1 or len(answered) != 1 or user.role != "user" or model.role != "model":
        return None
    prompt, answer = asked[0].text, answered[0].text
    if prompt is UNSET or answer is UNSET or prompt.isspace() or answer.isspace():
        return None
    if asked[0].fileData is not UNSET or answered[0].fileData is not UNSET:
        return None
    return prompt, answer


def read_typed(line: bytes) -> Reading | None:
    """The reading of a line without findings; None when only the exact reader can tell.

    Accepted are conversations of texts and files that alternate between user and model. Function calls, tools,
    generationConfig and keys in snake_case are the exact reader's.
    """
    if may_have_unwanted(line):
        return None
    try:
        read = typed_reading(decode_line(line))
    except NOT_TYPED:
        return None
    return read[0] if read is not None and has_quotes(line, read[1]) else None


def typed_reading(example: _Line) -> tuple[Reading, int] | None:
    """The reading of a decoded line and the number of quotes that explain it; None when only the exact reader can tell.

    The line's characters must all be wanted, and `has_quotes` must hold.
    """
    turns = example.contents
    if len(turns) % 2:
        return None
    system, quotes = "", 2 + 6 * len(turns)
    if example.systemInstruction is not UNSET:
        texts = [part.text for part in example.systemInstruction.parts]
        if any(text.isspace() for text in texts):
            return None
        quotes += 4 + 4 * len(texts) + (0 if example.systemInstruction.role is UNSET else 4)
        system = join_parts(texts)
    spoken: list[tuple[str, str]] = []
    files: list[MediaFile] = []
    for index, turn in enumerate(turns):
        if turn.role != ("model" if index % 2 else "user"):
            return None
        texts = []
        for number, part in enumerate(turn.parts):
            text, file = part.text, part.fileData
            if file is UNSET:
                if text is UNSET or text.isspace():
                    return None
                texts.append(text)
                quotes += 4
            elif text is UNSET and _names_file(file):
                texts.append(file.fileUri)
                files.append(MediaFile(file.mimeType, file.fileUri, index, number))
                quotes += 10
            else:
                return None
        spoken.append((turn.role, join_parts(texts)))
    prompt, answer = join_turns(spoken[:-1], len(turns[0].parts)), spoken[-1][1]
    if not files:
        return Reading(system, prompt, answer), quotes
    in_text = any(part.text is not UNSET for part in turns[-1].parts)
    return Reading(system, prompt, answer, tuple(files), answers_in_text=in_text), quotes


def _names_file(file: _File) -> bool:
    return file.fileUri.startswith(URI_SCHEMES) and "/" in file.mimeType


def has_quotes(line: bytes, expected: int) -> bool:
    r"""Whether the line has exactly so many quotes that begin or end a string.

    Parsers keep the last of two equal keys and say nothing. Each string that the decoded example does not explain adds
    two quotes, so a line with the expected number has no second key. Without an escaped backslash every `\"` is a quote
    inside a string; with one the exact reader decides.
    """
    quotes = line.count(b'"')
    if quotes == expected:
        return True
    return b"\\\\" not in line and quotes - line.count(b'\\"') == expected
