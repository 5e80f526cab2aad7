"""BLEU and chrF from counts of n-grams.

The scores of one row are sacrebleu's sentence scores, those of all rows its corpus scores, both as fractions. They are
computed here from the counts because a bootstrap needs ten thousand corpus scores at once; n-grams are counted here
because sacrebleu takes seven times as long for the characters of a long text.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, lru_cache

import numpy as np
from numpy.typing import NDArray

ORDERS = 4
CHARACTER_ORDERS = 6
BETA_SQUARED = 4.0

_KEPT = 1 << 15
"""So many counts are kept: they are asked for twice, for the score of their row and for that of all rows."""

Counts = NDArray[np.float64]
Numbers = NDArray[np.int64]


def sentence_bleu(reference: str, answer: str) -> float:
    """BLEU of one answer with sacrebleu's effective order and exponential smoothing."""
    return float(bleu_of(bleu_counts(reference, answer)[np.newaxis], effective_order=True)[0])


def sentence_chrf(reference: str, answer: str) -> float:
    """ChrF of one answer: characters up to six, recall weighted twice."""
    return float(chrf_of(chrf_counts(reference, answer)[np.newaxis])[0])


@lru_cache(maxsize=_KEPT)
def bleu_counts(reference: str, answer: str) -> Counts:
    """Lengths of answer and reference, matched n-grams by order, n-grams of the answer by order."""
    given, wanted = (_tokenizer()(text.rstrip()).split() for text in (answer, reference))
    numbers: dict[str, int] = {}
    tokens = np.array([numbers.setdefault(token, len(numbers)) for token in (*given, *wanted)], dtype=np.int64)
    matched = _matched(tokens[: len(given)], tokens[len(given) :], ORDERS)
    total = [max(0, len(given) - order) for order in range(ORDERS)]
    return np.array([len(given), len(wanted), *matched, *total], dtype=np.float64)


@lru_cache(maxsize=_KEPT)
def chrf_counts(reference: str, answer: str) -> Counts:
    """N-grams of the answer, of the reference and of both, by order."""
    given, wanted = (
        np.frombuffer("".join(text.split()).encode("utf-32-le", "surrogatepass"), np.uint32).astype(np.int64)
        for text in (answer, reference)
    )
    lengths = [(len(given) - order, max(0, len(wanted) - order)) for order in range(CHARACTER_ORDERS)]
    counts = [
        # What no reference can have does not count against the answer.
        (max(0, ours) if theirs else 0, theirs, both)
        for (ours, theirs), both in zip(lengths, _matched(given, wanted, CHARACTER_ORDERS), strict=True)
    ]
    return np.array(counts, dtype=np.float64).ravel()


def _matched(given: Numbers, wanted: Numbers, orders: int) -> list[int]:
    """How many n-grams two sequences share by order, repeated ones as often as both have them.

    An n-gram is known by the number of the one without its last item and by that item.
    """
    items, numbers = np.unique(np.concatenate([given, wanted]), return_inverse=True)
    first, second = ours, theirs = numbers[: len(given)], numbers[len(given) :]
    found = [_shared(ours, theirs)]
    for order in range(1, orders):
        ours, theirs = ours[:-1] * len(items) + first[order:], theirs[:-1] * len(items) + second[order:]
        numbers = np.unique(np.concatenate([ours, theirs]), return_inverse=True)[1]
        ours, theirs = numbers[: len(ours)], numbers[len(ours) :]
        found.append(_shared(ours, theirs))
    return found


def _shared(ours: Numbers, theirs: Numbers) -> int:
    return int(np.minimum(*(np.bincount(one, minlength=len(ours) + len(theirs)) for one in (ours, theirs))).sum())


def bleu_of(sums: Counts, *, effective_order: bool = False) -> NDArray[np.float64]:
    """BLEU of every row of summed counts, smoothed as sacrebleu does by default."""
    length, wanted = sums[:, 0], sums[:, 1]
    matched, total = sums[:, 2 : 2 + ORDERS], sums[:, 2 + ORDERS :]
    possible = np.logical_and.accumulate(total > 0, axis=1)
    missed = possible & (matched == 0)
    smoothing = np.exp2(np.cumsum(missed, axis=1))
    precision = np.where(missed, 1 / smoothing, matched) / np.maximum(total, 1)
    logarithms = np.log(np.where(possible, precision, 1.0))
    orders = possible.sum(axis=1)
    complete = matched.any(axis=1) & ((orders > 0) if effective_order else (orders == ORDERS))
    mean = logarithms.sum(axis=1) / np.maximum(orders if effective_order else ORDERS, 1)
    penalty = np.minimum(0.0, 1 - wanted / np.maximum(length, 1))
    scores: NDArray[np.float64] = np.where(complete, np.exp(penalty + mean), 0.0)
    return scores


def chrf_of(sums: Counts) -> NDArray[np.float64]:
    """ChrF of every row of summed counts; orders that either side is too short for are left out."""
    given, wanted, both = sums[:, 0::3], sums[:, 1::3], sums[:, 2::3]
    counted = (given > 0) & (wanted > 0)
    orders = np.maximum(counted.sum(axis=1), 1)
    precision = (both / np.maximum(given, 1) * counted).sum(axis=1) / orders
    recall = (both / np.maximum(wanted, 1) * counted).sum(axis=1) / orders
    weighted = BETA_SQUARED * precision + recall
    scores: NDArray[np.float64] = (1 + BETA_SQUARED) * precision * recall / np.where(weighted > 0, weighted, 1.0)
    return scores


@cache
def _tokenizer() -> Callable[[str], str]:
    from sacrebleu.tokenizers.tokenizer_13a import Tokenizer13a  # 0.4 s, needed by few

    tokenizer: Callable[[str], str] = Tokenizer13a()  # type: ignore[no-untyped-call]
    return tokenizer
