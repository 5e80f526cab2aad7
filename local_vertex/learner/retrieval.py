"""A learner for free text: the answer of the most similar training example."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp

from local_vertex.learner.checkpoints import write_checkpoint
from local_vertex.learner.examples import Example, Question
from local_vertex.learner.features import Features
from local_vertex.learner.learner import Answer, Hyperparameters, Score
from local_vertex.learner.ngrams import Rows

_NEIGHBOURS = 32
_SCORED = 2_000
"""Training examples that the scores of an epoch are computed on; comparing all with all would take quadratic time."""
_CHUNK = 256
_ITSELF = -1.0
"""Stands for the similarity of an example to itself, below every real one."""
_SHARPNESS_STEP = 1.0
_TINY = 1e-12

Similarities = npt.NDArray[np.float64]
Matches = npt.NDArray[np.bool_]


class Retrieval:
    """Answers with what the most similar example has.

    The one thing that it learns over the epochs is its sharpness: the probability of an answer is the softmax of
    sharpness times similarity over the nearest examples, summed over those that have this answer.

    Args:
        features: How questions are read.
        rows: The examples' questions.
        answers: The examples' answers.
        sharpness: Factor on the similarity, which is 0 to 2.
    """

    kind = "retrieval"

    def __init__(self, features: Features, rows: Rows, answers: list[str], sharpness: float = 1.0) -> None:
        self.features, self.rows, self.answers, self.sharpness = features, rows, answers, sharpness
        self.steps_per_epoch = 1

    @classmethod
    def remembering(cls, features: Features, examples: Sequence[Example], earlier: Retrieval | None) -> Retrieval:
        """A learner that knows the examples, beside those that an earlier one knew."""
        rows = features.rows([example.question for example in examples])
        answers = [example.answer for example in examples]
        if earlier is None:
            return cls(features, rows, answers)
        return cls(
            features, sp.vstack([earlier.rows, rows], format="csr"), [*earlier.answers, *answers], earlier.sharpness
        )

    def start(self, hyperparameters: Hyperparameters) -> None:
        """Prepare for `epoch`: every scored example meets its neighbours, never itself."""
        self._rate = hyperparameters.learning_rate_multiplier
        random = np.random.default_rng(hyperparameters.seed)
        count = len(self.answers)
        scored = random.permutation(count)[:_SCORED]
        answers = [self.answers[number] for number in scored]
        self._similar, self._right = self._neighbours(self.rows[scored], answers, itself=scored)

    def epoch(self) -> Score:
        """Adjust the sharpness by one step against the gradient of the training loss."""
        score = self._score(self._similar, self._right)
        weights = self._weights(self._similar)
        right = weights * self._right
        total = right.sum(axis=1, keepdims=True)
        known = total[:, 0] > _TINY
        mean = (weights * self._similar).sum(axis=1)
        mean_right = (right / np.maximum(total, _TINY) * self._similar).sum(axis=1)
        slope = float((mean - mean_right)[known].sum()) / len(known)
        self.sharpness = max(0.0, self.sharpness - self._rate * _SHARPNESS_STEP * self.sharpness * slope)
        return score

    def evaluate(self, examples: Sequence[Example]) -> Score:
        """The score; an answer that no near example has gets the loss of probability 1e-12."""
        rows = self.features.rows([example.question for example in examples])
        return self._score(*self._neighbours(rows, [example.answer for example in examples]))

    def answer(self, question: Question) -> Answer:
        """The answer of the most similar example, the earliest of those that are equally similar."""
        similar = (self.rows @ self.features.rows([question]).T).toarray().T
        best = int(similar[0].argmax())
        nearest = np.argsort(-similar, axis=1, kind="stable")[:, :_NEIGHBOURS]
        weights = self._weights(np.take_along_axis(similar, nearest, axis=1))[0]
        same = [self.answers[number] == self.answers[best] for number in nearest[0]]
        return Answer(self.answers[best], float(np.log(weights[same].sum())))

    def save(self, file: Path) -> None:
        """Write a checkpoint with the examples that it answers from."""
        meta = {
            "kind": self.kind,
            "buckets": self.features.buckets,
            "with_instruction": self.features.with_instruction,
            "answers": self.answers,
            "sharpness": self.sharpness,
        }
        arrays = {
            "idf": self.features.idf,
            "data": self.rows.data.astype(np.float16),
            "indices": self.rows.indices.astype(np.int32),
            "indptr": self.rows.indptr.astype(np.int32),
        }
        write_checkpoint(file, meta, arrays)

    @classmethod
    def load(cls, meta: dict[str, Any], arrays: dict[str, Any]) -> Retrieval:
        """The learner of a checkpoint."""
        features = Features(meta["buckets"], arrays["idf"], with_instruction=meta["with_instruction"])
        shape = (len(meta["answers"]), 2 * meta["buckets"])
        parts = (arrays["data"].astype(np.float32), arrays["indices"], arrays["indptr"])
        return cls(features, sp.csr_matrix(parts, shape=shape), meta["answers"], meta["sharpness"])

    def _neighbours(
        self, rows: Rows, answers: list[str], itself: npt.NDArray[np.int64] | None = None
    ) -> tuple[Similarities, Matches]:
        """For each row the similarity of its nearest examples, nearest first, and which of them have its answer."""
        size = min(_NEIGHBOURS, len(self.answers))
        similar, right = np.zeros((rows.shape[0], size)), np.zeros((rows.shape[0], size), np.bool_)
        known = np.array(self.answers, dtype=object)
        for first in range(0, rows.shape[0], _CHUNK):
            block = (rows[first : first + _CHUNK] @ self.rows.T).toarray()
            chunk = slice(first, first + len(block))
            if itself is not None:
                block[np.arange(len(block)), itself[chunk]] = _ITSELF
            # A stable sort keeps the earlier of equally similar examples first.
            nearest = np.argsort(-block, axis=1, kind="stable")[:, :size]
            similar[chunk] = np.take_along_axis(block, nearest, axis=1)
            wanted = np.array(answers[chunk], dtype=object)
            right[chunk] = (known[nearest] == wanted[:, None]) & (similar[chunk] > _ITSELF)
        return similar, right

    def _weights(self, similar: Similarities) -> Similarities:
        weights = np.exp(self.sharpness * (similar - similar.max(axis=1, keepdims=True)))
        return np.asarray(weights / weights.sum(axis=1, keepdims=True))

    def _score(self, similar: Similarities, right: Matches) -> Score:
        probability = (self._weights(similar) * right).sum(axis=1)
        loss = float(-np.log(np.maximum(probability, _TINY)).mean())
        return Score(loss, float(right[:, 0].mean()), len(right))
