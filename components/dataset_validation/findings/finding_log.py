"""Collects findings: every one is counted, the first twenty of each rule are kept."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from components.dataset_validation.findings.finding import Finding, Problem
from components.dataset_validation.rules.catalogue import RULES
from components.dataset_validation.settings import ValidationSettings

KEPT_PER_RULE = 20


class FindingLog:
    """What was found so far.

    Args:
        settings: Severity by rule; a rule that is `off` leaves no trace.
        names: What each split's file is called in findings.

    Attributes:
        findings: The kept findings, in the order in which they were found.
        counts: Exact number of findings by code.
    """

    def __init__(self, settings: ValidationSettings, names: dict[str, str]) -> None:
        self._severity = {code: settings.severity_of(code) for code in RULES}
        self._names = names
        self.findings: list[Finding] = []
        self.counts: Counter[str] = Counter()

    def add(self, split: str, line: int, problem: Problem, file: str = "") -> None:
        """Count a problem at a line of a file of a split; line 0 stands for the whole file.

        Args:
            split: `train`, `validation` or `test`.
            line: 1-based line number.
            problem: What is wrong there.
            file: The file's name; needed where the split has several files.
        """
        self.count(split, problem.code, 1, [(line, problem)], file)

    def count(self, split: str, code: str, total: int, first: Iterable[tuple[int, Problem]], file: str = "") -> None:
        """Count so many findings of one rule in one file, of which the first are given with their lines."""
        self.count_placed(split, code, total, [(line, problem, file) for line, problem in first])

    def count_placed(self, split: str, code: str, total: int, first: Iterable[tuple[int, Problem, str]]) -> None:
        """Count so many findings of one rule in a split, of which the first are given with line and file."""
        severity = self._severity[code]
        if severity == "off" or not total:
            return
        free = KEPT_PER_RULE - self.counts[code]
        self.counts[code] += total
        for line, problem, file in list(first)[: max(free, 0)]:
            remedy = problem.remedy or RULES[code].remedy
            self.findings.append(
                Finding(
                    code=code,
                    severity=severity,
                    split=split,
                    file=file or self._names[split],
                    line=line,
                    json_path=problem.json_path,
                    message=problem.message,
                    remedy=remedy,
                    other=problem.other,
                )
            )
