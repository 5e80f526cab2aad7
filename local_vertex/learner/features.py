"""Questions as sparse rows: hashed words and character n-grams, weighted by how rare they are in the training file."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from local_vertex.learner.examples import Question
from local_vertex.learner.ngrams import Rows, bucket_numbers, count_ngrams

BUCKETS_PER_RANK = 1024
"""Hash buckets of each of the two kinds of n-grams for one rank of the adapter: the capacity of a tuned model."""

Vector = npt.NDArray[np.float32]


class Row(NamedTuple):
    """The features of one question: the columns that are not 0, and what they hold."""

    columns: npt.NDArray[np.int64]
    values: Vector


class Features:
    """Turns questions into rows of `2 * buckets` weights; words and characters have length 1 each.

    Args:
        buckets: Hash buckets per kind.
        idf: Inverse document frequency per column, learned on the training file.
        with_instruction: Whether the system instruction is read too.
    """

    def __init__(self, buckets: int, idf: Vector, *, with_instruction: bool) -> None:
        self.buckets, self.idf, self.with_instruction = buckets, idf, with_instruction

    @classmethod
    def learn(cls, questions: Sequence[Question], adapter_size: int) -> Features:
        """Features for a training file.

        An instruction that is the same in every example tells nothing about the answers, so it is read only when
        it varies.
        """
        with_instruction = len({question.instruction for question in questions}) > 1
        features = cls(BUCKETS_PER_RANK * adapter_size, np.ones(0, np.float32), with_instruction=with_instruction)
        counts = features.counts(questions)
        documents = np.bincount(counts.indices, minlength=counts.shape[1])
        features.idf = (np.log((1 + len(questions)) / (1 + documents)) + 1).astype(np.float32)
        return features

    def rows(self, questions: Sequence[Question]) -> Rows:
        """One row per question."""
        rows = self.counts(questions)
        rows.data = (1 + np.log(rows.data)) * self.idf[rows.indices]
        numbers = np.repeat(np.arange(rows.shape[0]), np.diff(rows.indptr))
        kinds = 2 * numbers + (rows.indices >= self.buckets)
        rows.data /= np.sqrt(np.bincount(kinds, rows.data**2))[kinds].astype(np.float32)
        return rows

    def row(self, question: Question) -> Row:
        """The same for one question, without the cost of a sparse matrix."""
        columns, counts = np.unique(bucket_numbers(self._text(question), self.buckets), return_counts=True)
        values = (1 + np.log(counts.astype(np.float32))) * self.idf[columns]
        words = np.searchsorted(columns, self.buckets)
        for kind in (values[:words], values[words:]):
            kind /= np.sqrt(kind @ kind)
        return Row(columns, values)

    def counts(self, questions: Sequence[Question]) -> Rows:
        """Occurrences of each bucket's n-grams, one row per question."""
        return count_ngrams([self._text(question) for question in questions], self.buckets)

    def _text(self, question: Question) -> str:
        return f"{question.instruction}\n{question.conversation}" if self.with_instruction else question.conversation
