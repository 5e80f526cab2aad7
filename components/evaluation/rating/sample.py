"""Which rows people are asked about."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from components.evaluation.opponents import JoinedRows, answer_text, clear_preference
from components.evaluation.requests import TestExample


@dataclass(frozen=True)
class Pair:
    """Two different answers to one example, in an order that does not depend on whose they are.

    Attributes:
        row: Place of the example in the test set.
        key: SHA-256 (hex) of question and both answers; the same texts are the same pair in every run.
        first: One answer.
        second: The other.
        ours_first: Whether the first one is the candidate's.
    """

    row: int
    key: str
    first: str
    second: str
    ours_first: bool


@dataclass(frozen=True)
class Sample:
    """Rows drawn from a test set, for one candidate and what it is compared with.

    Attributes:
        clear: How far the candidate is preferred on the rows where nobody needs to be asked, by row.
        pairs: What people are asked, in the order in which rows were drawn.
    """

    clear: dict[int, float]
    pairs: list[Pair]


def draw_sample(examples: Sequence[TestExample], ours: JoinedRows, theirs: JoinedRows, rows: int, seed: int) -> Sample:
    """Rows in random order, up to the one with which `rows` pairs of different answers are found.

    It is a sample of the whole test set: rows whose answers are equal, or where one is missing, are in it at the share
    that they have there, so that what people say of the others is not taken for all. The order follows from the
    questions, and is the same in every run on the same test set.

    Args:
        examples: The test set.
        ours: The candidate's rows, in the order of the examples.
        theirs: Those of the model that it is compared with.
        rows: Pairs at most.
        seed: Of the order.
    """
    clear: dict[int, float] = {}
    pairs: list[Pair] = []
    for row in _order(examples, seed):
        our, their = answer_text(ours[row]), answer_text(theirs[row])
        known = clear_preference(our, their)
        if known is not None:
            clear[row] = known
        elif our is not None and their is not None:
            pairs.append(_pair(row, examples[row], our, their))
            if len(pairs) == rows:
                break
    return Sample(clear, pairs)


def _order(examples: Sequence[TestExample], seed: int) -> list[int]:
    drawn = [hashlib.sha256(f"{seed} {example.request_hash}".encode()).digest() for example in examples]
    return sorted(range(len(examples)), key=lambda row: (drawn[row], row))


def _pair(row: int, example: TestExample, ours: str, theirs: str) -> Pair:
    first, second = sorted((ours, theirs), key=lambda text: hashlib.sha256(text.encode()).digest())
    told = "".join(f"{len(text)} {text}" for text in (example.request_hash, first, second))
    return Pair(row, hashlib.sha256(told.encode()).hexdigest(), first, second, first == ours)
