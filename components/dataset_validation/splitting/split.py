"""Splits a dataset so that labels are spread evenly and no prompt is on two sides, not even nearly."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from components.dataset_validation.lines.data_file import DataFile
from components.dataset_validation.lines.readings import valid_readings
from components.dataset_validation.near_duplicates.pairs import NearPairs, groups, near_pairs
from components.dataset_validation.near_duplicates.prompts import Prompts, read_prompts
from components.dataset_validation.splitting.sides import Group, assign

FREE_TEXT_FROM = 0.2
"""With more distinct answers than this share of the examples, answers are no labels."""


@dataclass(frozen=True)
class Division:
    """Which example goes where.

    Attributes:
        prompts: The examples, one row each.
        sides: Side of each row: `train`, `validation` or `test`.
        labels: Label of each row; empty where the answers are no labels.
        groups: Number of groups that had to stay together.
    """

    prompts: Prompts
    sides: list[str]
    labels: list[str]
    groups: int


def divide(
    files: Sequence[DataFile],
    shares: Mapping[str, float],
    *,
    seed: int,
    label_field: str | None,
    stratify: bool,
    similarity: float | None,
) -> Division:
    """The side of every valid example.

    Args:
        files: The files to split as if they were one.
        shares: Share of examples by side, for validation and test; the rest is for training.
        seed: Chooses one of many such splits.
        label_field: Field of answers that are JSON objects which holds the label; None for the whole answer.
        stratify: Whether labels are spread evenly, where answers are labels.
        similarity: From which share of common word pairs two prompts stay together; None for equal prompts only, which
            are those that differ in case and spacing at most.
    """
    named = {"": files}
    prompts = read_prompts(named)
    labels = _labels(files, len(prompts), label_field) if stratify else [""] * len(prompts)
    pairs = _equal_prompts(prompts)
    if similarity is not None:
        near = near_pairs(prompts, similarity)
        pairs = NearPairs(
            np.concatenate((pairs.first, near.first)),
            np.concatenate((pairs.second, near.second)),
            np.concatenate((pairs.similarity, near.similarity)),
        )
    number = groups(len(prompts), pairs).tolist()
    members = _groups(prompts, number, labels)
    sides = assign(members, shares, seed)
    return Division(prompts, [sides[group] for group in number], labels, len(members))


def _equal_prompts(prompts: Prompts) -> NearPairs:
    order = np.argsort(prompts.prompts, kind="stable")
    at = np.flatnonzero(prompts.prompts[order][1:] == prompts.prompts[order][:-1])
    return NearPairs(order[at], order[at + 1], np.ones(len(at)))


def _groups(prompts: Prompts, number: list[int], labels: list[str]) -> list[Group]:
    count = max(number, default=-1) + 1
    keys = [1 << 64] * count
    counted: list[Counter[str]] = [Counter() for _ in range(count)]
    for row, group in enumerate(number):
        keys[group] = min(keys[group], int(prompts.prompts[row]))
        counted[group][labels[row]] += 1
    return [
        Group(key, min(counter, key=lambda label: (-counter[label], label)), counter.total())
        for key, counter in zip(keys, counted, strict=True)
    ]


def _labels(files: Sequence[DataFile], rows: int, field: str | None) -> list[str]:
    """The label of each example; all empty when answers are free text."""
    labels = [_label(reading.answer, field) for file in files for _, reading in valid_readings(file.open)]
    return labels if len(set(labels)) <= FREE_TEXT_FROM * rows else [""] * rows


def _label(answer: str, field: str | None) -> str:
    if field is None:
        return answer
    try:
        value = json.loads(answer)
    except ValueError:
        return ""
    return str(value.get(field, "")) if isinstance(value, dict) else ""
