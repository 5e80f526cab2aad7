"""Which examples of a dataset are superfluous because others say the same."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from components.dataset_validation.lines.data_file import DataFile
from components.dataset_validation.near_duplicates.pairs import groups, near_pairs
from components.dataset_validation.near_duplicates.prompts import Prompts, read_prompts


def repeats(
    files: Mapping[str, Sequence[DataFile]], *, similarity: float | None, keep_last: bool
) -> tuple[Prompts, NDArray[np.int64], NDArray[np.int64]]:
    """The examples that another one makes superfluous.

    Args:
        files: The files of each split; only examples of one split are compared.
        similarity: From which share of common word pairs prompts with one answer are the same; None for identical
            examples only (same system instruction, prompt and answer).
        keep_last: Whether the last of equal examples stays, not the first.

    Returns:
        All prompts, the rows to take out in ascending order, and for each of them the row that stays.
    """
    prompts = read_prompts(files)
    split_of = np.array([list(files).index(split) for split, _ in prompts.files], np.uint64)[prompts.file_of]
    if similarity is None:
        number = _numbered(prompts.contexts, prompts.answers, split_of)
    else:
        pairs = near_pairs(prompts, similarity)
        same = (prompts.answers[pairs.first] == prompts.answers[pairs.second]) & (
            split_of[pairs.first] == split_of[pairs.second]
        )
        number = groups(len(prompts), pairs.chosen(same))
    order = np.lexsort((np.arange(len(number)), number))
    if keep_last:
        order = order[np.lexsort((-order, number[order]))]
    begins = np.concatenate(([True], number[order][1:] != number[order][:-1])) if len(order) else np.empty(0, bool)
    kept = order[np.maximum.accumulate(np.where(begins, np.arange(len(order)), 0))] if len(order) else order
    removed, stays = order[~begins], kept[~begins]
    ascending = np.argsort(removed)
    return prompts, removed[ascending], stays[ascending]


def _numbered(*keys: NDArray[np.uint64]) -> NDArray[np.int64]:
    """One number for each distinct combination of the keys."""
    order = np.lexsort(keys)
    changes = np.zeros(len(order), bool)
    for key in keys:
        changes[1:] |= key[order][1:] != key[order][:-1]
    numbers = np.empty(len(order), np.int64)
    numbers[order] = np.cumsum(changes)
    return numbers
