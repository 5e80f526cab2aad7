"""Finds repeated and contradicting examples inside a split, and prompts that two splits share."""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from components.dataset_validation.checks.split_record import SplitRecord


@dataclass(frozen=True)
class Repeat:
    """An example that repeats an earlier one of its split.

    Attributes:
        line: Its line.
        first_line: The line of the first example with the same prompt and system instruction.
    """

    line: int
    first_line: int


@dataclass(frozen=True)
class Shared:
    """A prompt that also occurs in another split.

    Attributes:
        line: Its line.
        other_line: The first line of the other split with the prompt.
        exact: Whether prompt and system instruction are identical, not only alike but for case and spacing.
    """

    line: int
    other_line: int
    exact: bool


def duplicates(record: SplitRecord) -> list[Repeat]:
    """Later occurrences of an identical example: same system instruction, prompt and answer."""
    return list(_repeats(record, same_answer=True))


def conflicts(record: SplitRecord) -> list[Repeat]:
    """Examples whose prompt and system instruction occurred before with another answer."""
    return list(_repeats(record, same_answer=False))


def _repeats(record: SplitRecord, *, same_answer: bool) -> Iterator[Repeat]:
    """Walks the groups of equal prompts, which are rare, in line order."""
    contexts = np.frombuffer(record.contexts, dtype=np.uint64)
    order = np.argsort(contexts, kind="stable")
    repeats_previous = contexts[order][1:] == contexts[order][:-1]
    found: list[tuple[int, int]] = []
    first_by_answer: dict[int, int] = {}
    for position in np.flatnonzero(repeats_previous):
        before, index = int(order[position]), int(order[position + 1])
        if position == 0 or not repeats_previous[position - 1]:
            first_by_answer = {record.answers[before]: before}
        first = first_by_answer.get(record.answers[index])
        if same_answer and first is not None:
            found.append((index, first))
        elif not same_answer and first is None:
            found.append((index, next(iter(first_by_answer.values()))))
        if first is None:
            first_by_answer[record.answers[index]] = index
    for index, first in sorted(found):
        yield Repeat(record.lines[index], record.lines[first])


def shared_prompts(record: SplitRecord, other: SplitRecord) -> list[Shared]:
    """The examples of `record` whose normalised prompt occurs in `other`."""
    alike = _first_occurrences(record.prompts, other.prompts)
    identical = _first_occurrences(record.contexts, other.contexts)
    return [
        Shared(record.lines[index], other.lines[identical.get(index, other_index)], index in identical)
        for index, other_index in alike.items()
    ]


def _first_occurrences(hashes: array[int], others: array[int]) -> dict[int, int]:
    """For each index whose hash is among the others: the index of the first of them that is equal."""
    ours, theirs = np.frombuffer(hashes, dtype=np.uint64), np.frombuffer(others, dtype=np.uint64)
    hits = np.flatnonzero(np.isin(ours, theirs))
    order = np.argsort(theirs, kind="stable")
    first = order[np.searchsorted(theirs, ours[hits], sorter=order)]
    return dict(zip(hits.tolist(), first.tolist(), strict=True))
