"""Finds repeated and contradicting examples inside a split, and prompts that two splits share."""

from __future__ import annotations

from array import array
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from components.dataset_validation.engine.split_record import SplitRecord


@dataclass(frozen=True)
class Repeats:
    """Rows that repeat the prompt and system instruction of an earlier row, each with the first such row.

    Attributes:
        duplicates: Those with the same answer.
        conflicts: Those with an answer that the prompt did not have before.
    """

    duplicates: list[tuple[int, int]]
    conflicts: list[tuple[int, int]]


def repeats(record: SplitRecord) -> Repeats:
    """The repeated prompts of a split, in the order of the rows."""
    contexts = np.frombuffer(record.contexts, np.uint64)
    ordered = np.sort(contexts)
    repeated = ordered[1:][ordered[1:] == ordered[:-1]]
    found = Repeats([], [])
    if not len(repeated):
        return found
    first_by_answer: dict[int, dict[int, int]] = {}
    for row in np.flatnonzero(is_among(contexts, repeated)).tolist():
        answers = first_by_answer.setdefault(record.contexts[row], {})
        first = answers.get(record.answers[row])
        if first is not None:
            found.duplicates.append((row, first))
            continue
        if answers:
            found.conflicts.append((row, next(iter(answers.values()))))
        answers[record.answers[row]] = row
    return found


def is_among(hashes: NDArray[np.uint64], ascending: NDArray[np.uint64]) -> NDArray[np.bool_]:
    """Which of the hashes occur in another, sorted array; takes no memory but for positions."""
    if not len(ascending):
        return np.zeros(len(hashes), bool)
    at = np.searchsorted(ascending, hashes)
    at[at == len(ascending)] = 0
    found: NDArray[np.bool_] = ascending[at] == hashes
    return found


def first_rows(hashes: array[int], wanted: array[int]) -> dict[int, int]:
    """The first position of each wanted hash that occurs."""
    values = np.frombuffer(hashes, np.uint64)
    first: dict[int, int] = {}
    for position in np.flatnonzero(is_among(values, np.sort(np.frombuffer(wanted, np.uint64)))).tolist():
        first.setdefault(hashes[position], position)
    return first
