"""BLEU and chrF: sacrebleu counts the n-grams, and the scores follow from their sums.

The scores of one row are sacrebleu's sentence scores, those of all rows its corpus scores, both as fractions. They are
computed here from the counts because a bootstrap needs ten thousand corpus scores at once.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

ORDERS = 4
CHARACTER_ORDERS = 6
BETA_SQUARED = 4.0

Counts = NDArray[np.float64]


def sentence_bleu(reference: str, answer: str) -> float:
    """BLEU of one answer with sacrebleu's effective order and exponential smoothing."""
    return float(bleu_of(bleu_counts(reference, answer)[np.newaxis], effective_order=True)[0])


def sentence_chrf(reference: str, answer: str) -> float:
    """ChrF of one answer: characters up to six, recall weighted twice."""
    return float(chrf_of(chrf_counts(reference, answer)[np.newaxis])[0])


def bleu_counts(reference: str, answer: str) -> Counts:
    """Lengths of answer and reference, matched n-grams by order, n-grams of the answer by order."""
    score = _bleu().sentence_score(answer, [reference])
    return np.array([score.sys_len, score.ref_len, *score.counts, *score.totals], dtype=np.float64)


def chrf_counts(reference: str, answer: str) -> Counts:
    """N-grams of the answer, of the reference and of both, by order."""
    from sacrebleu.metrics.helpers import extract_all_char_ngrams

    given, wanted = (extract_all_char_ngrams(text, CHARACTER_ORDERS) for text in (answer, reference))
    counts = [
        # What no reference can have does not count against the answer.
        (left.total() if right else 0, right.total(), (left & right).total())
        for left, right in zip(given, wanted, strict=True)
    ]
    return np.array(counts, dtype=np.float64).ravel()


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
def _bleu() -> Any:
    from sacrebleu.metrics.bleu import BLEU  # 0.4 s, needed by few

    return BLEU(effective_order=True)
