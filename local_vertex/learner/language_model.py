"""A language model of one hidden layer: the next piece of an answer, from the question and the three pieces before it.

As with an adapter of Gemini, the weights into the layer start at random and those out of it at zero, its width grows
with the adapter size, and what is not learned leaves the base model's answer: that is one of the pieces that an answer
may begin with, and at first the most probable one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp

from local_vertex.learner.adagrad import FadingAdaGrad, Matrix
from local_vertex.learner.learner import Score
from local_vertex.learner.ngrams import Rows

START, END, BASE = range(3)
"""What comes before the first piece, after the last one, and what stands for the whole answer of the base model."""
RESERVED = 3
WIDTH_PER_RANK = 8
"""Hidden units for one rank of the adapter."""
CONTEXTS = 8_192
"""Hash buckets of the runs of one, two and three pieces before the next, for each length."""
_LENGTHS = 3
_BASE_BIAS = 3.0
"""Head start of the base model's answer; that of every other piece is 0."""
_EVEN_SHARE = 0.01
"""Part of the probability that is spread evenly over all pieces, so that no answer is impossible."""
_AT_ONCE = 2_048
"""Bounds the memory; every piece that is predicted has a probability for each piece there is."""
_FACTOR = np.uint64(0x9E3779B97F4A7C15)
_SHIFT = np.uint64(40)

Numbers = npt.NDArray[np.int64]


class LanguageModel:
    """The weights, and how they are learned.

    Args:
        question_weights: Columns of a question's features by width.
        context_weights: Hashed runs of pieces by width.
        out_weights: Pieces by width.
        bias: One per piece.
    """

    def __init__(self, question_weights: Matrix, context_weights: Matrix, out_weights: Matrix, bias: Matrix) -> None:
        self.question_weights, self.context_weights = question_weights, context_weights
        self.out_weights, self.bias = out_weights, bias

    @classmethod
    def untrained(cls, columns: int, width: int) -> LanguageModel:
        """A model that has read no question and knows no piece but the reserved ones."""
        bias = np.zeros(RESERVED, np.float32)
        bias[BASE] = _BASE_BIAS
        question, context, out = (
            np.zeros((size, width), np.float32) for size in (columns, _LENGTHS * CONTEXTS, RESERVED)
        )
        return cls(question, context, out, bias)

    def start(self, rows: Rows, answers: Sequence[Numbers], pieces: int, random: np.random.Generator) -> None:
        """Make room for what the training examples have and prepare for `epoch`.

        Args:
            rows: Features of the questions.
            answers: Pieces of the answers, each with its end.
            pieces: How many pieces there are now.
            random: Where the weights into the layer come from; what was never seen keeps weights of 0.
        """
        contexts = [context_rows(answer) for answer in answers]
        seen = np.unique(np.concatenate([block.ravel() for block in contexts]))
        for weights, used in ((self.question_weights, np.unique(rows.indices)), (self.context_weights, seen)):
            new = used[~weights[used].any(axis=1)]
            width = weights.shape[1]
            weights[new] = random.standard_normal((len(new), width), np.float32) / np.float32(np.sqrt(width))
        more = pieces - len(self.bias)
        self.out_weights = np.pad(self.out_weights, ((0, more), (0, 0)))
        self.bias = np.pad(self.bias, (0, more))
        self._rows, self._answers, self._contexts = rows, answers, contexts
        learned = (self.question_weights, self.context_weights, self.out_weights, self.bias)
        self._steps = [FadingAdaGrad(weights) for weights in learned]

    def epoch(self, order: Sequence[Numbers], rate: float) -> Score:
        """Learn once from every training example.

        Args:
            order: Numbers of the examples of each step.
            rate: Learning-rate multiplier.

        Returns:
            The score of the predictions made before each step.
        """
        return Score.together([self._step(batch, rate) for batch in order])

    @property
    def unknown_loss(self) -> float:
        """Loss of a piece that the model does not know: its share of what is spread evenly."""
        return float(np.log(len(self.bias) / _EVEN_SHARE))

    def score(self, rows: Rows, answers: Sequence[Numbers]) -> Score:
        """How well the answers to these questions are predicted, piece by piece."""
        contexts = [context_rows(answer) for answer in answers]
        context_matrix, owner, targets, first = _stacked(answers, contexts)
        hidden = (rows @ self.question_weights)[owner] + context_matrix @ self.context_weights
        return Score.together([_score(*part[1:]) for part in self._predictions(hidden, targets, first)])

    def of_context(self, before: tuple[int, int, int]) -> Matrix:
        """What the three pieces before add to the hidden layer."""
        return np.asarray(self.context_weights[context_rows(np.array([*before, END]))[-1]].sum(axis=0))

    def _step(self, batch: Numbers, rate: float) -> Score:
        context_matrix, owner, targets, first = _stacked(
            [self._answers[number] for number in batch], [self._contexts[number] for number in batch]
        )
        columns, rows = _used(self._rows[batch])
        places, contexts = _used(context_matrix)
        hidden = (rows @ self.question_weights[columns])[owner] + contexts @ self.context_weights[places]
        out_gradient, bias_gradient = np.zeros_like(self.out_weights), np.zeros_like(self.bias)
        hidden_gradient = np.zeros_like(hidden)
        scores = []
        for part, error, right in self._predictions(hidden, targets, first):
            scores.append(_score(error, right))
            error[np.arange(len(right)), right] -= 1
            error /= np.float32(len(batch))
            out_gradient += error.T @ hidden[part]
            bias_gradient += error.sum(axis=0)
            hidden_gradient[part] = error @ self.out_weights
        question_step, context_step, out_step, bias_step = self._steps
        question_step.step(rows.T @ np.add.reduceat(hidden_gradient, np.flatnonzero(first)), rate, columns)
        context_step.step(contexts.T @ hidden_gradient, rate, places)
        out_step.step(out_gradient, rate)
        bias_step.step(bias_gradient, rate)
        return Score.together(scores)

    def _predictions(
        self, hidden: Matrix, targets: Numbers, first: npt.NDArray[np.bool_]
    ) -> Iterator[tuple[slice, Matrix, Numbers]]:
        """Parts of the pieces to predict: their place, the probabilities of every piece, and the right one."""
        for start in range(0, len(targets), _AT_ONCE):
            part = slice(start, start + _AT_ONCE)
            scores = hidden[part] @ self.out_weights.T + self.bias
            # The base model answers at the beginning or not at all.
            scores[~first[part], BASE] = -np.inf
            scores -= scores.max(axis=1, keepdims=True)
            np.exp(scores, out=scores)
            scores /= scores.sum(axis=1, keepdims=True)
            yield part, scores, targets[part]


def context_rows(answer: Numbers) -> Numbers:
    """For each piece of an answer the rows of the context weights: of the last, the last two and the last three."""
    padded = np.concatenate([np.full(_LENGTHS, START), answer]).astype(np.uint64)
    count = len(answer)
    hashed, found = np.zeros(count, np.uint64), []
    for length in range(1, _LENGTHS + 1):
        hashed = (hashed + padded[_LENGTHS - length :][:count] + np.uint64(1)) * _FACTOR
        hashed ^= hashed >> _SHIFT
        found.append((hashed % np.uint64(CONTEXTS)).astype(np.int64) + (length - 1) * CONTEXTS)
    return np.stack(found, axis=1)


def _stacked(
    answers: Sequence[Numbers], contexts: Sequence[Numbers]
) -> tuple[Rows, Numbers, Numbers, npt.NDArray[np.bool_]]:
    """Contexts of all pieces as sparse rows, whose answer each belongs to, the pieces, and which begin an answer."""
    lengths = np.array([len(answer) for answer in answers])
    targets = np.concatenate(answers)
    count = len(targets)
    places = np.concatenate(contexts).ravel()
    ones = np.ones(len(places), np.float32)
    context_matrix = sp.csr_matrix(
        (ones, places, np.arange(0, len(places) + 1, _LENGTHS)), shape=(count, _LENGTHS * CONTEXTS)
    )
    first = np.zeros(count, np.bool_)
    first[np.cumsum(lengths) - lengths] = True
    return context_matrix, np.repeat(np.arange(len(answers)), lengths), targets, first


def _used(rows: Rows) -> tuple[Numbers, Rows]:
    """The columns that are not empty, and the rows with these columns alone: a small part of the weights."""
    columns, places = np.unique(rows.indices, return_inverse=True)
    return columns, sp.csr_matrix((rows.data, places, rows.indptr), shape=(rows.shape[0], len(columns)))


def _score(probabilities: Matrix, right: Numbers) -> Score:
    given = probabilities[np.arange(len(right)), right].astype(np.float64)
    smoothed = (1 - _EVEN_SHARE) * given + _EVEN_SHARE / probabilities.shape[1]
    return Score(float(-np.log(smoothed).mean()), float((probabilities.argmax(axis=1) == right).mean()), len(right))
