"""Checks one decoded example against the documented shape and names every deviation."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from components.dataset_validation.findings.finding import Problem
from components.dataset_validation.shape.declaration_shape import declaration_problems
from components.dataset_validation.shape.foreign_formats import foreign_format
from components.dataset_validation.shape.json_checks import type_name, unknown_keys, wrong_type
from components.dataset_validation.shape.part_shape import resolution_problems
from components.dataset_validation.shape.turn_shape import list_of_parts, turn_problems

_EXAMPLE_KEYS = ("systemInstruction", "contents", "tools", "generationConfig")


def example_problems(example: Any) -> Iterator[Problem]:
    """What is wrong with the shape of one example whose keys are in camelCase.

    The shape is documented at
    https://docs.cloud.google.com/gemini-enterprise-agent-platform/models/tuning/supervised-tuning/prepare-data.
    """
    if not isinstance(example, dict):
        yield Problem("DATA-NOT-OBJECT", f"the line is {type_name(example)}, not an object")
        return
    foreign = foreign_format(example)
    if foreign is not None:
        yield foreign
        return
    yield from unknown_keys(example, _EXAMPLE_KEYS, "")
    if "contents" not in example:
        yield Problem("DATA-MISSING-KEY", "contents is missing")
    elif not isinstance(example["contents"], list):
        yield wrong_type("contents", example["contents"], list, "write contents as a list of turns")
    else:
        yield from turn_problems(example["contents"])
    if "systemInstruction" in example:
        yield from _system_instruction(example["systemInstruction"])
    if "tools" in example:
        yield from _tools(example["tools"])
    if "generationConfig" in example:
        yield from _generation_config(example["generationConfig"])


def _system_instruction(system: Any) -> Iterator[Problem]:
    path = "systemInstruction"
    if not isinstance(system, dict):
        yield wrong_type(path, system, dict, 'write it as {"parts": [{"text": "..."}]}')
        return
    yield from unknown_keys(system, ("role", "parts"), path)
    if "role" in system and not isinstance(system["role"], str):
        yield wrong_type(f"{path}.role", system["role"], str)
    yield from list_of_parts(system, path)
    parts = system.get("parts")
    for number, part in enumerate(parts if isinstance(parts, list) else []):
        if isinstance(part, dict) and any(key != "text" for key in part):
            yield Problem("DATA-SYSTEM-PARTS", "a part that is not text only", f"{path}.parts[{number}]")


def _tools(tools: Any) -> Iterator[Problem]:
    if not isinstance(tools, list):
        yield wrong_type("tools", tools, list)
        return
    for index, tool in enumerate(tools):
        path = f"tools[{index}]"
        if not isinstance(tool, dict):
            yield wrong_type(path, tool, dict)
            continue
        yield from unknown_keys(tool, ("functionDeclarations",), path)
        yield from _declarations(tool.get("functionDeclarations"), f"{path}.functionDeclarations")


def _declarations(declarations: Any, path: str) -> Iterator[Problem]:
    if declarations is None:
        yield Problem("DATA-MISSING-KEY", "functionDeclarations is missing", path)
    elif not isinstance(declarations, list):
        yield wrong_type(path, declarations, list)
    else:
        for index, declaration in enumerate(declarations):
            yield from declaration_problems(declaration, f"{path}[{index}]")


def _generation_config(config: Any) -> Iterator[Problem]:
    if not isinstance(config, dict):
        yield wrong_type("generationConfig", config, dict)
        return
    if any(key != "mediaResolution" for key in config):
        yield Problem("DATA-GENERATION-CONFIG", "settings without a meaning in tuning", "generationConfig")
    if "mediaResolution" in config:
        yield from resolution_problems(config["mediaResolution"], "generationConfig.mediaResolution")
