"""Reads a valid line in the usual form about ten times faster than `exact_line`.

A line is accepted only when it is certainly free of findings; everything else is left to the exact reader, which
names what is wrong. The design and its measurements: `benchmarks/` and this folder's `README.md`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal

import msgspec
import orjson
from msgspec import UNSET, UnsetType

from components.dataset_validation.lines.characters import is_wanted, may_have_unwanted
from components.dataset_validation.lines.media_file import MediaFile
from components.dataset_validation.lines.reading import Reading, join_parts, join_turns
from components.dataset_validation.shape.part_shape import URI_SCHEMES

_Text = Annotated[str, msgspec.Meta(min_length=1)]


class _File(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    mimeType: _Text
    fileUri: _Text


class _Part(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    # A text that is there is not empty.
    text: _Text = ""
    # UNSET and not None: null is a wrong type in this format.
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


def decode_escaped(line: bytes) -> _Line:
    """The same for a line with many escapes, in half of the time; raises what `NOT_TYPED` lists."""
    return msgspec.convert(orjson.loads(line), _Line)


NOT_TYPED = (msgspec.MsgspecError, orjson.JSONDecodeError, UnicodeDecodeError, RecursionError)
"""What `decode_line` raises on lines that the exact reader must look at."""

TypedLine = tuple[str, str, str, int, Reading | None]
"""Prompt, answer, system instruction and the number of quotes that explain the line; the reading only where the line
names files, because a tuple is made in a third of the time."""

USUAL_QUOTES = 22
"""Of one question and one answer of one text each: more turns or texts have more."""


def typed_texts(line: _Line) -> TypedLine | None:
    """What a decoded line says; None when only the exact reader can tell.

    The line's characters must all be wanted, and `has_quotes` must hold.
    """
    turns = line.contents
    if len(turns) == 2 and line.systemInstruction is UNSET:
        # Most lines are one question and one answer of one text each: no list is made for them. Files and second parts
        # would be quotes that the number does not explain, but for them there is another way.
        user, model = turns
        asked, answered = user.parts, model.parts
        if len(asked) == 1 and len(answered) == 1 and user.role == "user" and model.role == "model":
            prompt, answer = asked[0].text, answered[0].text
            if prompt and answer and not prompt.isspace() and not answer.isspace():
                return prompt, answer, "", USUAL_QUOTES, None
    return _any_turns(line)


def _any_turns(line: _Line) -> TypedLine | None:
    turns = line.contents
    roles = [turn.role for turn in turns]
    if roles != ["user", "model"] * (len(turns) // 2):
        return None
    system, quotes = "", 2 + 6 * len(turns)
    if line.systemInstruction is not UNSET:
        told = [part.text for part in line.systemInstruction.parts]
        if any(map(str.isspace, told)):
            return None
        quotes += 4 + 4 * len(told) + (0 if line.systemInstruction.role is UNSET else 4)
        system = join_parts(told)
    texts = [part.text for turn in turns for part in turn.parts]
    if any(map(str.isspace, texts)):
        return None
    if not all(texts):
        return _with_files(turns, roles, system, quotes)
    # A part that has a file besides its text is left out here: its quotes are not explained.
    quotes += 4 * len(texts)
    if len(texts) > len(turns):
        texts = [join_parts([part.text for part in turn.parts]) for turn in turns]
    return join_turns(roles[:-1], texts[:-1], len(turns[0].parts)), texts[-1], system, quotes, None


def _with_files(turns: Sequence[_Turn], roles: Sequence[str], system: str, quotes: int) -> TypedLine | None:
    spoken: list[str] = []
    files: list[MediaFile] = []
    for index, turn in enumerate(turns):
        texts = []
        for number, part in enumerate(turn.parts):
            text, file = part.text, part.fileData
            if file is UNSET:
                if not text:
                    return None
                texts.append(text)
                quotes += 4
            elif not text and _names_file(file):
                texts.append(file.fileUri)
                files.append(MediaFile(file.mimeType, file.fileUri, index, number))
                quotes += 10
            else:
                return None
        spoken.append(join_parts(texts))
    prompt, answer = join_turns(roles[:-1], spoken[:-1], len(turns[0].parts)), spoken[-1]
    in_text = any(part.text for part in turns[-1].parts)
    return prompt, answer, system, quotes, Reading(system, prompt, answer, tuple(files), answers_in_text=in_text)


def all_wanted(line: _Line) -> bool:
    """Whether no string of a decoded line has an unwanted character."""
    parts = [part for turn in line.contents for part in turn.parts]
    strings = [part.text for part in parts]
    for part in parts:
        if part.fileData is not UNSET:
            strings += part.fileData.mimeType, part.fileData.fileUri
    if line.systemInstruction is not UNSET:
        strings += [part.text for part in line.systemInstruction.parts]
        strings.append(line.systemInstruction.role or "")
    return all(map(is_wanted, strings))


def read_typed(line: bytes) -> Reading | None:
    """The reading of a line without findings; None when only the exact reader can tell.

    Accepted are conversations of texts and files that alternate between user and model. Function calls, tools,
    generationConfig and keys in snake_case are the exact reader's.
    """
    if may_have_unwanted(line):
        return None
    try:
        example = decode_line(line)
    except NOT_TYPED:
        return None
    if b"\\" in line and not all_wanted(example):
        return None
    found = typed_texts(example)
    if found is None or not has_quotes(line, found[3]):
        return None
    prompt, answer, system, _, reading = found
    return reading or Reading(system, prompt, answer)


def _names_file(file: _File) -> bool:
    return file.fileUri.startswith(URI_SCHEMES) and "/" in file.mimeType


def has_quotes(line: bytes, expected: int) -> bool:
    r"""Whether the line has exactly so many quotes that begin or end a string.

    Parsers keep the last of two equal keys and say nothing. Each string that the decoded example does not explain adds
    two quotes, so a line with the expected number has no second key. Inside a string a quote is escaped; backslashes
    are taken in pairs first, because the second one of a pair escapes nothing.
    """
    quotes = line.count(b'"')
    if quotes == expected:
        return True
    if b'\\\\"' in line:
        line = line.replace(b"\\\\", b"")
    return quotes - line.count(b'\\"') == expected
