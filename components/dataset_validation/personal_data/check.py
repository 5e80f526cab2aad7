"""Reports likely personal data and secrets in the texts of examples, never their characters."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from components.dataset_validation.example import Content, Example
from components.dataset_validation.findings.finding import Problem, shown_key
from components.dataset_validation.findings.finding_log import FindingLog
from components.dataset_validation.personal_data.finder import find
from components.dataset_validation.personal_data.line_filter import may_hold
from components.dataset_validation.personal_data.settings import PersonalDataSettings


class PersonalDataCheck:
    """Searches system instruction, turns, function arguments and responses, and tools; not inline files.

    Args:
        settings: What is allowed to be there.
        log: Where findings go.
    """

    def __init__(self, settings: PersonalDataSettings, log: FindingLog) -> None:
        self._log = log
        self._domains = tuple(one.casefold() for one in settings.allowed if one.startswith("@"))
        self._values = {_bare(one) for one in settings.allowed if not one.startswith("@")}

    def wants(self, lines: Sequence[bytes]) -> list[bool]:
        """Which lines must be searched."""
        return may_hold(lines)

    def look(self, split: str, file: str, number: int, example: Example) -> None:
        """Search one example."""
        for path, name, text in _texts(example):
            named = f"{name}: {text}" if name else text
            skipped = len(named) - len(text)
            for match in find(named):
                value = named[match.start : match.stop]
                if value.casefold().endswith(self._domains) or _bare(value) in self._values:
                    continue
                place = f"at character {match.start - skipped + 1}" if match.start >= skipped else "in the key"
                problem = Problem(match.pattern.code, f"{match.pattern.kind} {place}", path)
                self._log.add(split, number, problem, file)


def _bare(value: str) -> str:
    return "".join(char for char in value.casefold() if not char.isspace() and char != "-")


def _texts(example: Example) -> Iterator[tuple[str, str, str]]:
    """JSON path, key where the dataset chose it, and text of everything that may hold a value."""
    if example.system_instruction is not None:
        yield from _content(example.system_instruction, "systemInstruction")
    for number, tool in enumerate(example.tools or []):
        yield from _values(tool, f"tools[{number}]", "")
    for index, turn in enumerate(example.contents):
        yield from _content(turn, f"contents[{index}]")


def _content(content: Content, path: str) -> Iterator[tuple[str, str, str]]:
    for number, part in enumerate(content.parts):
        place = f"{path}.parts[{number}]"
        if part.text is not None:
            yield f"{place}.text", "", part.text
        for key, value in (
            ("fileData", part.file_data),
            ("functionCall", part.function_call),
            ("functionResponse", part.function_response),
        ):
            if value is not None:
                yield from _values(value, f"{place}.{key}", "")


def _values(value: Any, path: str, name: str) -> Iterator[tuple[str, str, str]]:
    """The scalars below a value, whose keys are the dataset's; an object's keys count with their values."""
    if isinstance(value, dict):
        for key, child in value.items():
            if isinstance(child, dict | list):
                yield f"{path}.{shown_key(key)}", key, ""
            yield from _values(child, f"{path}.{shown_key(key)}", key)
    elif isinstance(value, list):
        for index, child in enumerate(value):
            yield from _values(child, f"{path}[{index}]", name)
    elif value is not None and not isinstance(value, bool):
        yield path, name, str(value)
