"""A sample of the examples' texts, the same whatever process reads which part of a file."""

from __future__ import annotations

from array import array
from collections.abc import Sequence

import msgspec
import numpy as np

SAMPLED = 300
KEPT_CHARS = 200


OVERSAMPLED = 1.5
"""So much more than the sample is drawn from a part, because its number of examples is an estimate."""


class SampledTexts(msgspec.Struct, frozen=True, order=True, gc=False):
    """One example of the sample, ordered by its hash.

    Attributes:
        context: Hash of prompt and system instruction.
        row: The example's row.
        prompt: The first 200 characters of its prompt.
        answer: The first 200 characters of its answer.
    """

    context: int
    row: int
    prompt: str
    answer: str


class TextSample:
    """The 300 examples with the smallest hashes: a fair draw among different prompts that any number of parts agree on.

    Equal prompts are drawn once, at their first row.

    Args:
        bound: Larger hashes are not drawn, because 300 smaller ones are known already.

    Attributes:
        bound: The same, with what is known by now.
    """

    def __init__(self, bound: int = (1 << 64) - 1) -> None:
        self._drawn: dict[int, SampledTexts] = {}
        self.bound = bound

    def expect(self, examples: float) -> None:
        """Draw no more than is needed from about so many examples that will be offered."""
        self.bound = min(self.bound, int((1 << 64) * min(1.0, OVERSAMPLED * SAMPLED / max(examples, 1))) - 1)

    def add_all(self, row: int, contexts: array[int], prompts: Sequence[bytes], answers: Sequence[bytes]) -> None:
        """Offer the examples of consecutive rows.

        Args:
            row: The row of the first.
            contexts: Hashes of all rows so far, of which the last are those of these examples.
            prompts: Their prompts in UTF-8.
            answers: Their answers in UTF-8.
        """
        offered, drawn = contexts[-len(prompts) :], self._drawn
        for place in np.flatnonzero(np.frombuffer(offered, np.uint64) <= np.uint64(self.bound)).tolist():
            context = offered[place]
            if context not in drawn:
                texts = (one[place].decode()[:KEPT_CHARS] for one in (prompts, answers))
                drawn[context] = SampledTexts(context, row + place, *texts)

    def merge(self, later: TextSample, rows_before: int) -> None:
        """Add the sample of rows further down, where row 0 stands after so many rows."""
        for context, texts in later._drawn.items():
            if context <= self.bound and context not in self._drawn:
                self._drawn[context] = msgspec.structs.replace(texts, row=texts.row + rows_before)
        if len(self._drawn) > 2 * SAMPLED:
            self._drawn = {context: self._drawn[context] for context in sorted(self._drawn)[:SAMPLED]}
            self.bound = max(self._drawn)

    def examples(self) -> list[SampledTexts]:
        """The sample in the order of the rows."""
        return sorted((self._drawn[context] for context in sorted(self._drawn)[:SAMPLED]), key=lambda one: one.row)
