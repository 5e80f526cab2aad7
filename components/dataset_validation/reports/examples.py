"""The texts of the examples that findings speak of, for reports that may show them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from components.dataset_validation.findings.finding import Finding
from components.dataset_validation.lines.data_file import DataFile
from components.dataset_validation.lines.readings import valid_readings
from components.dataset_validation.personal_data.finder import mask
from components.dataset_validation.rules.catalogue import RULES

SHOWN_CHARS = 400

Place = tuple[str, int]


@dataclass(frozen=True)
class SideBySide:
    """Two examples that repeat, contradict or leak each other; likely personal data and secrets are masked.

    Attributes:
        finding: What was found.
        prompt: Prompt of the example at the finding's place, cut at 400 characters.
        answer: Its answer, cut in the same way.
        other_prompt: Prompt of the other example.
        other_answer: Its answer.
    """

    finding: Finding
    prompt: str
    answer: str
    other_prompt: str
    other_answer: str


def side_by_side(
    findings: Sequence[Finding], files: Mapping[str, Sequence[DataFile]], *, per_rule: int = 5
) -> list[SideBySide]:
    """The first pairs of each rule that compares two examples, rule by rule, with their texts, which are read again."""
    taken: dict[str, int] = {}
    chosen = []
    codes = list(RULES)
    for finding in sorted(findings, key=lambda one: codes.index(one.code)):
        if finding.other is not None and taken.get(finding.code, 0) < per_rule:
            taken[finding.code] = taken.get(finding.code, 0) + 1
            chosen.append(finding)
    wanted = {place for one in chosen for place in ((one.file, one.line), one.other) if place is not None}
    texts = _texts(wanted, [file for named in files.values() for file in named])
    return [
        SideBySide(one, *texts[one.file, one.line], *texts[one.other])
        for one in chosen
        if one.other in texts and (one.file, one.line) in texts
    ]


def _texts(wanted: set[Place], files: Sequence[DataFile]) -> dict[Place, tuple[str, str]]:
    found: dict[Place, tuple[str, str]] = {}
    for file in files:
        lines = {line for name, line in wanted if name == file.name}
        if not lines:
            continue
        last = max(lines)
        for number, reading in valid_readings(file.open):
            if number in lines:
                found[file.name, number] = (_cut(reading.prompt), _cut(reading.answer))
            if number >= last:
                break
    return found


def _cut(text: str) -> str:
    text = mask(text)
    return text if len(text) <= SHOWN_CHARS else f"{text[:SHOWN_CHARS]}…"
