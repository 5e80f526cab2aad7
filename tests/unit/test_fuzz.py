"""A slice of the fuzz run: every mutated line ends in a reading or findings, and both readers agree."""

from __future__ import annotations

from collections import Counter

from tests.fuzz.lines import mutated_lines, read_line


def test_mutated_lines_are_read_or_refused() -> None:
    found: Counter[str] = Counter()
    for line in mutated_lines(seed=7, count=8_000):
        read_line(line, found)
    # The slice says nothing unless all three ways are taken and many rules fire.
    assert min(found["(fast)"], found["(exact)"], found["(refused)"]) > 200
    assert len(found) > 25
