"""Reports examples that are out of date, without a date, or in the wrong split for their date.

Ages are counted from the newest date of the dataset and never from the clock, so a report does not change with the day.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from datetime import date

import msgspec

from components.dataset_validation.ages.dates import DateField
from components.dataset_validation.ages.settings import AgeSettings
from components.dataset_validation.checks.file_facts import DateSpan
from components.dataset_validation.example import Example
from components.dataset_validation.findings.finding import Problem
from components.dataset_validation.findings.finding_log import KEPT_PER_RULE, FindingLog
from components.dataset_validation.lines.exact_line import read_exactly
from components.dataset_validation.lines.typed_line import read_typed


class _FileDates(msgspec.Struct):
    """The dates of one file: line number and day (ordinal) of each example that has one."""

    split: str
    name: str
    lines: array[int]
    days: array[int]


class AgeCheck:
    """Reads the date of each valid example; 8 bytes are kept for each.

    Args:
        settings: Which field holds it, and how old an example may be.
        field: The field's name.
        log: Where findings go.
    """

    def __init__(self, settings: AgeSettings, field: str, log: FindingLog) -> None:
        self._max_days = settings.max_days
        self._field = DateField(field)
        self._log = log
        self._files: dict[tuple[str, str], _FileDates] = {}

    def wants(self, lines: Sequence[bytes]) -> list[bool]:
        """Which lines are valid examples."""
        return [read_typed(line) is not None or read_exactly(line)[0] is not None for line in lines]

    def look(self, split: str, file: str, number: int, example: Example) -> None:
        """Read the date of one example."""
        day, path = self._field.of(example)
        if day is None:
            message = "the date field holds no date" if path else "the date field is missing"
            self._log.add(split, number, Problem("DATA-DATE-MISSING", message, path), file)
            return
        dates = self._files.setdefault((split, file), _FileDates(split, file, array("I"), array("I")))
        dates.lines.append(number)
        dates.days.append(day.toordinal())

    def finish(self) -> dict[str, DateSpan]:
        """Report what is out of date; the first and last date of each split that has dates."""
        spans: dict[str, tuple[int, int]] = {}
        for dates in self._files.values():
            oldest, newest = spans.get(dates.split, (date.max.toordinal(), 0))
            spans[dates.split] = min(oldest, min(dates.days)), max(newest, max(dates.days))
        newest = max((last for _, last in spans.values()), default=0)
        for dates in self._files.values():
            self._log_stale(dates, newest)
        if "train" in spans and "test" in spans and spans["test"][1] < spans["train"][0]:
            days = spans["train"][0] - spans["test"][1]
            message = f"the newest test example is {days:,} day(s) older than the oldest training example"
            self._log.add("test", 0, Problem("DATA-DATE-ORDER", message))
        return {
            split: DateSpan(date.fromordinal(first).isoformat(), date.fromordinal(last).isoformat())
            for split, (first, last) in spans.items()
        }

    def _log_stale(self, dates: _FileDates, newest: int) -> None:
        stale = [place for place, day in enumerate(dates.days) if newest - day > self._max_days]
        first = [
            (dates.lines[place], Problem("DATA-STALE", f"{newest - dates.days[place]:,} days older than the newest"))
            for place in stale[:KEPT_PER_RULE]
        ]
        self._log.count(dates.split, "DATA-STALE", len(stale), first, dates.name)
