"""Overlap of words: token F1 and ROUGE.

ROUGE is the F-measure of rouge-score without stemming. On text of a to z, digits and punctuation other than the
underscore the values are the same; rouge-score drops every other letter, so that Russian or Japanese always gives 0,
where here every Unicode word counts, and every character of Chinese and Japanese, which have no spaces. Two texts
without any word count as equal when they are, instead of 0.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from rapidfuzz.distance import LCSseq

from components.evaluation.metrics.matches import normalized_match

_TOKEN = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]|[^\W\u3040-\u30ff\u3400-\u9fff]+")


def token_f1(reference: str, answer: str) -> float:
    """Harmonic mean of token precision and recall, tokens counted with repetition."""
    return rouge_n(reference, answer, 1)


def rouge_n(reference: str, answer: str, length: int) -> float:
    """ROUGE-N F-measure: overlap of sequences of so many tokens."""
    wanted, given = tokens(reference), tokens(answer)
    if not wanted or not given:
        return normalized_match(reference, answer)
    left, right = _grams(wanted, length), _grams(given, length)
    return 2 * (left & right).total() / max(1, left.total() + right.total())


def rouge_l(reference: str, answer: str) -> float:
    """ROUGE-L F-measure: longest common subsequence of tokens."""
    wanted, given = tokens(reference), tokens(answer)
    if not wanted or not given:
        return normalized_match(reference, answer)
    return 2 * int(LCSseq.similarity(wanted, given)) / (len(wanted) + len(given))


def tokens(text: str) -> list[str]:
    """The words of a text without regard to case; Chinese and Japanese by character."""
    return _TOKEN.findall(text.casefold())


def _grams(words: Sequence[str], length: int) -> Counter[tuple[str, ...]]:
    return Counter(zip(*(words[first:] for first in range(length)), strict=False))
