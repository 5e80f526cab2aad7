"""The texts of one valid line as the engine keeps them, which is what all readers have to agree on."""

from __future__ import annotations

from components.dataset_validation.lines.reading import TURN_SEPARATOR, Reading

LineTexts = tuple[bytes, bytes, bytes, int, int, int]
"""Prompt, answer and system instruction as `Reading` has them, in UTF-8; number of turns, answer included; characters
of the prompt and of the answer. A plain tuple, because one is made for every line."""


def line_texts(prompt: str, answer: str, system: str) -> LineTexts:
    """The same from texts."""
    # The answer is one more turn, and so is the one that no separator stands before.
    turns = prompt.count(TURN_SEPARATOR) + 2
    return prompt.encode(), answer.encode(), system.encode(), turns, len(prompt), len(answer)


def texts_of(reading: Reading) -> LineTexts:
    """The texts of a reading."""
    return line_texts(reading.prompt, reading.answer, reading.system)
