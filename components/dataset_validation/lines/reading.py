"""What the checks over many lines need to know of one valid example."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import msgspec

from components.dataset_validation.lines.media_file import MediaFile, media_files

TURN_SEPARATOR = "\x1e"
"""Stands between the turns of a prompt of several."""
_PART_SEPARATOR = "\x1f"


class Reading(msgspec.Struct, frozen=True, gc=False):
    """One valid example, reduced to texts.

    Attributes:
        system: Text of the system instruction, with the tools where there are some; empty when there is neither.
        prompt: All turns but the last. One turn of one text stands for itself; otherwise role and parts of each
            turn are joined by separators.
        answer: The last turn, written in the same way but without its role.
        files: The parts that refer to a file or carry one, in their order.
        media_resolution: `generationConfig.mediaResolution`; empty when there is none.
        answers_in_text: Whether the answer has a text or a function call, not only files.
    """

    system: str
    prompt: str
    answer: str
    files: tuple[MediaFile, ...] = ()
    media_resolution: str = ""
    answers_in_text: bool = True


def join_parts(texts: Sequence[str]) -> str:
    """The texts of one turn's parts as one text."""
    return texts[0] if len(texts) == 1 else _PART_SEPARATOR.join(texts)


def join_turns(roles: Sequence[str], texts: Sequence[str], parts: int) -> str:
    """The prompt text of turns.

    Args:
        roles: Role of each turn.
        texts: Joined texts of each turn.
        parts: Number of parts of the first turn.
    """
    if len(texts) == 1 and parts == 1:
        return texts[0]
    return _template(tuple(roles)) % tuple(texts)


@lru_cache(maxsize=64)
def _template(roles: tuple[str, ...]) -> str:
    """What the texts of turns are put into, which takes half the time of joining them."""
    return TURN_SEPARATOR.join([f"{role}{_PART_SEPARATOR}%s" for role in roles])


def reading_of(example: dict[str, Any]) -> Reading:
    """The reading of an example without errors, keys in camelCase."""
    contents = example["contents"]
    roles = [turn.get("role") or ("user", "model")[index % 2] for index, turn in enumerate(contents)]
    texts = [join_parts([_part_text(part) for part in turn["parts"]]) for turn in contents]
    system = join_parts([part["text"] for part in example.get("systemInstruction", {}).get("parts", [{"text": ""}])])
    if example.get("tools"):
        system += TURN_SEPARATOR + _canonical(example["tools"])
    return Reading(
        system=system,
        prompt=join_turns(roles[:-1], texts[:-1], len(contents[0]["parts"])),
        answer=texts[-1],
        files=media_files(contents),
        media_resolution=example.get("generationConfig", {}).get("mediaResolution", ""),
        answers_in_text=any("text" in part or "functionCall" in part for part in contents[-1]["parts"]),
    )


def _part_text(part: dict[str, Any]) -> str:
    if part.keys() == {"text"}:
        return str(part["text"])
    if part.keys() == {"fileData"}:
        return str(part["fileData"]["fileUri"])
    return _canonical(part)


def _canonical(value: Any) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
