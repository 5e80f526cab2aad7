"""How many tokens a dataset has for a base model, counted on a sample, with the error that this leaves."""

from __future__ import annotations

import math
from collections.abc import Sequence

import msgspec

ESTIMATE_ERROR = 0.3
"""Prose has up to 30 % more or fewer tokens than its bytes divided by four (`dataset_validation/lines/tokens.py`)."""
METHODS = {
    "tokenizer": "google-genai's tokenizer",
    "service": "countTokens of the service",
    "estimate": "an estimate: bytes divided by four",
}
_DEVIATIONS = 1.96
_FEWEST = 10


class TokenCount(msgspec.Struct, frozen=True):
    """Tokens of a file, once through.

    Attributes:
        tokens: The best guess.
        low: It may be as low as this...
        high: ...and as high as this: at 95 % confidence for a sample, within 30 % for an estimate.
        method: `tokenizer` (on this machine), `service` (`countTokens`) or `estimate` (a token for four bytes).
        examples: Examples that were counted; 0 for an estimate.
    """

    tokens: int
    low: int
    high: int
    method: str
    examples: int

    @property
    def in_words(self) -> str:
        """The number, its bounds and how it was counted, for people."""
        bounds = f" ({self.low:,} to {self.high:,})" if self.high > self.low else ""
        how = METHODS[self.method] + (f" on {self.examples:,} examples" if self.examples else "")
        return f"{self.tokens:,}{bounds}, {how}"


def estimated_count(tokens: int) -> TokenCount:
    """The validator's estimate with its error."""
    low, high = math.floor(tokens * (1 - ESTIMATE_ERROR)), math.ceil(tokens * (1 + ESTIMATE_ERROR))
    return TokenCount(tokens, low, high, "estimate", 0)


def scaled_count(total: int, sample: Sequence[tuple[int, int]], rows: int, method: str) -> TokenCount:
    """The validator's estimate of a whole file, corrected by a random sample of its examples.

    The ratio of counted to estimated tokens varies far less than the lengths of examples do, so the ratio estimator
    needs a tenth of the examples that a mean would need. Its standard error is that of the residuals, with the
    correction for a finite file (Cochran, Sampling Techniques, 3rd edition, section 6.4). Below ten examples the
    sample says little of its own error, and that of the estimate is taken.

    Args:
        total: Estimated tokens of the file.
        sample: Estimated and counted tokens of each example of the sample.
        rows: Examples of the file.
        method: How it was counted.
    """
    estimated, counted = (sum(column) for column in zip(*sample, strict=True)) if sample else (0, 0)
    if not estimated:
        return estimated_count(total)
    if len(sample) >= rows:
        return TokenCount(counted, counted, counted, method, len(sample))
    ratio = counted / estimated
    tokens = round(total * ratio)
    if len(sample) < _FEWEST:
        error = tokens * ESTIMATE_ERROR
    else:
        squares = sum((after - ratio * before) ** 2 for before, after in sample)
        variance = squares / (len(sample) - 1) * (1 - len(sample) / rows) / len(sample)
        error = _DEVIATIONS * rows * math.sqrt(variance)
    return TokenCount(tokens, max(0, math.floor(tokens - error)), math.ceil(tokens + error), method, len(sample))
