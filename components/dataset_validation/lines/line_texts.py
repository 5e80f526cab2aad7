"""The texts of one valid line as the engine keeps them, which is what all readers have to agree on."""

from __future__ import annotations

from components.dataset_validation.lines.media_file import MediaFile
from components.dataset_validation.lines.reading import TURN_SEPARATOR, Reading

File = tuple[str, str, int, int]
"""MIME type, address, turn and number in the turn of a file: the first fields of a `MediaFile`."""

LineTexts = tuple[bytes, bytes, bytes, int, int, int, tuple[File, ...], bytes | None]
"""Prompt, answer and system instruction as `Reading` has them, in UTF-8; number of turns, answer included; characters
of the prompt and of the answer; files; the last 40 bytes of the prompt as `known_prompts.normalised` has them, empty
when they are fewer, None when nobody has looked. A plain tuple, because each line has one."""


def line_texts(prompt: str, answer: str, system: str) -> LineTexts:
    """The texts of a line without files."""
    # The answer is one more turn, and so is the one that no separator stands before.
    turns = prompt.count(TURN_SEPARATOR) + 2
    return prompt.encode(), answer.encode(), system.encode(), turns, len(prompt), len(answer), (), None


def texts_of(reading: Reading) -> LineTexts:
    """The texts of a reading, without its files, of which a reading says more."""
    return line_texts(reading.prompt, reading.answer, reading.system)


def files_of(texts: LineTexts) -> list[MediaFile]:
    """The files of a line."""
    return [MediaFile(*file) for file in texts[6]]
