"""Assigns groups of examples to the sides of a split, so that labels are spread evenly and nothing leaks."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from xxhash import xxh3_64_intdigest

TRAIN, VALIDATION, TEST = "train", "validation", "test"
SIDES = (TRAIN, VALIDATION, TEST)


@dataclass(frozen=True)
class Group:
    """Examples that must stay on one side.

    Attributes:
        key: Identifies the group whatever the order of the examples, such as the smallest hash of its prompts.
        label: What the sides should have in equal shares; empty when nothing.
        size: Number of examples.
    """

    key: int
    label: str
    size: int


def assign(groups: Sequence[Group], shares: Mapping[str, float], seed: int) -> list[str]:
    """The side of each group.

    Within a label the groups are taken in an order that only their keys and the seed decide, so neither the order of
    the examples nor an example more elsewhere moves them. What rounding leaves of one label goes to the next, so the
    sides have their size as a whole too.

    Args:
        groups: The groups.
        shares: Share of examples by side, for validation and test; the rest is for training.
        seed: Chooses one of many such splits.
    """
    by_label: defaultdict[str, list[int]] = defaultdict(list)
    for number, group in enumerate(groups):
        by_label[group.label].append(number)
    sides = [TRAIN] * len(groups)
    owed: Counter[str] = Counter()
    debt = dict.fromkeys(shares, 0.0)
    for label in sorted(by_label):
        members = sorted(by_label[label], key=lambda number: _order(groups[number].key, seed))
        rows = sum(groups[number].size for number in members)
        for side, share in shares.items():
            debt[side] += share * rows
        for number in members:
            size = groups[number].size
            wanting = max(shares, key=lambda side: debt[side] - owed[side])
            # Rather one example too few than a group that is mostly too much.
            if debt[wanting] - owed[wanting] >= size / 2:
                sides[number] = wanting
                owed[wanting] += size
    return sides


def _order(key: int, seed: int) -> tuple[int, int]:
    return xxh3_64_intdigest(key.to_bytes(8, "big"), seed=seed), key
