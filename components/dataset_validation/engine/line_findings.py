"""The findings of lines: counted exactly, the first of each rule kept."""

from __future__ import annotations

from collections import Counter

from components.dataset_validation.findings.finding import Problem
from components.dataset_validation.findings.finding_log import KEPT_PER_RULE


class LineFindings:
    """What was found in the lines of a chunk or of a file.

    Attributes:
        counts: Exact number of findings by code.
        first: The first findings of each code with their line numbers.
    """

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self.first: dict[str, list[tuple[int, Problem]]] = {}

    def add(self, line: int, problem: Problem) -> None:
        """Count a problem at a line."""
        self.counts[problem.code] += 1
        kept = self.first.setdefault(problem.code, [])
        if len(kept) < KEPT_PER_RULE:
            kept.append((line, problem))

    def merge(self, later: LineFindings, lines_before: int) -> None:
        """Add what was found further down, where line 1 stands after so many lines."""
        self.counts.update(later.counts)
        for code, found in later.first.items():
            kept = self.first.setdefault(code, [])
            kept += [(line + lines_before, problem) for line, problem in found[: KEPT_PER_RULE - len(kept)]]
