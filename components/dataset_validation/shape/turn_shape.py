"""Checks the turns of an example: their roles, their order and who speaks last."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

from components.dataset_validation.findings.finding import Problem, shown
from components.dataset_validation.shape.json_checks import unknown_keys, wrong_type
from components.dataset_validation.shape.part_shape import part_problems
from components.dataset_validation.shape.spelling import nearest

_ROLES = ("user", "model")
_MODEL_SYNONYMS = ("assistant", "ai", "bot", "gpt")


def turn_problems(contents: list[Any]) -> Iterator[Problem]:
    """What is wrong with `contents`, turn by turn, then as a conversation."""
    if not contents:
        yield Problem("DATA-EMPTY-TURN", "contents has no turn", "contents")
        return
    for index, turn in enumerate(contents):
        yield from _turn(turn, index, len(contents))
    if all(isinstance(turn, dict) for turn in contents):
        yield from _order(contents)


def _turn(turn: Any, index: int, turns: int) -> Iterator[Problem]:
    path = f"contents[{index}]"
    if not isinstance(turn, dict):
        yield wrong_type(path, turn, dict, 'write a turn as {"role": "user", "parts": [{"text": "..."}]}')
        return
    yield from unknown_keys(turn, ("role", "parts"), path)
    yield from _role(turn, path, turns)
    yield from list_of_parts(turn, path)


def list_of_parts(turn: dict[str, Any], path: str) -> Iterator[Problem]:
    """What is wrong with the parts of a turn or of the system instruction."""
    if "parts" not in turn:
        yield Problem("DATA-MISSING-KEY", "parts is missing", path)
    elif not isinstance(turn["parts"], list):
        yield wrong_type(f"{path}.parts", turn["parts"], list, 'write parts as [{"text": "..."}]')
    elif not turn["parts"]:
        yield Problem("DATA-EMPTY-TURN", "a turn without parts", f"{path}.parts")
    else:
        for number, part in enumerate(turn["parts"]):
            yield from part_problems(part, f"{path}.parts[{number}]")


def _role(turn: dict[str, Any], path: str, turns: int) -> Iterator[Problem]:
    if "role" not in turn:
        if _has_function_response(turn):
            return
        if turns <= 2:
            yield Problem("DATA-ROLE-MISSING", "a turn without a role", path)
        else:
            yield Problem("DATA-ROLE", "a turn of a longer conversation without a role", path)
        return
    role = turn["role"]
    if not isinstance(role, str):
        yield wrong_type(f"{path}.role", role, str)
    elif role not in _ROLES:
        meant = nearest(role, _ROLES)
        remedy = f"did you mean {meant}?" if meant else ""
        if role == "system":
            remedy = "move the text to systemInstruction"
        yield Problem("DATA-ROLE", f"unknown role {shown(role)}", f"{path}.role", remedy)


def _has_function_response(turn: dict[str, Any]) -> bool:
    parts = turn.get("parts")
    return isinstance(parts, list) and any(isinstance(part, dict) and "functionResponse" in part for part in parts)


def _speaker(turn: dict[str, Any], index: int) -> str:
    """Who speaks: the role; `tool` for a role-less function response; else what the position asks for."""
    role = turn.get("role")
    if role in _ROLES:
        return str(role)
    if role in _MODEL_SYNONYMS:
        return "model"
    if role is None and _has_function_response(turn):
        return "tool"
    return _ROLES[index % 2]


def _order(contents: list[dict[str, Any]]) -> Iterator[Problem]:
    speakers = [_speaker(turn, index) for index, turn in enumerate(contents)]
    if speakers[0] != "user":
        yield Problem("DATA-ROLE-ORDER", f"the first turn is from the {speakers[0]}, not from the user", "contents[0]")
    for index, (before, speaker) in enumerate(itertools.pairwise(speakers), start=1):
        # Google's function-calling sample answers a call by a turn without a role; several calls may get several.
        both_tools = before == speaker == "tool"
        if (before == "model") == (speaker == "model") and not both_tools:
            message = f"the {speaker} speaks directly after the {before}"
            yield Problem("DATA-ROLE-ORDER", message, f"contents[{index}]")
    if speakers[-1] != "model":
        message = f"the last turn is from the {speakers[-1]}, not from the model"
        yield Problem("DATA-LAST-TURN", message, f"contents[{len(contents) - 1}]")
