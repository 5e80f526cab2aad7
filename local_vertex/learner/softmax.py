"""Multinomial logistic regression over sparse rows with several outputs, fitted in mini-batches.

scikit-learn's SGDClassifier fits one binary model per class, whose probabilities do not give the likelihood that
tuning metrics are made of; hence a softmax of its own. The step is AdaGrad's with a fading sum of squares; with
the plain one it comes to rest and never overfits, as tuned models do.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from local_vertex.learner.ngrams import Rows

LEARNING_RATE = 0.1
"""Step at a learning-rate multiplier of 1."""
_KEPT_SQUARES = np.float32(0.95)
"""Part of the sum of squared gradients that is kept at each step that touches a weight."""
_LARGEST_BATCH = 64
_FIRST_SQUARE = 1e-3
_TINY = 1e-12

Matrix = npt.NDArray[np.float32]
Labels = npt.NDArray[np.int64]


class Softmax:
    """One softmax per output over a shared weight matrix; output `h` owns the columns `slices[h]`.

    Args:
        weights: Columns by classes.
        bias: One per class.
        sizes: Number of classes of each output; they add up to the columns of `weights`.
    """

    def __init__(self, weights: Matrix, bias: Matrix, sizes: Sequence[int]) -> None:
        self.weights, self.bias = weights, bias
        ends = np.cumsum(sizes)
        self.slices = [slice(int(end) - size, int(end)) for end, size in zip(ends, sizes, strict=True)]
        self._squares: Matrix | None = None

    @classmethod
    def zeros(cls, columns: int, sizes: Sequence[int]) -> Softmax:
        """A model that finds every class equally probable."""
        return cls(np.zeros((columns, sum(sizes)), np.float32), np.zeros(sum(sizes), np.float32), sizes)

    def probabilities(self, rows: Rows) -> list[Matrix]:
        """For each output the probabilities of its classes, one row per row."""
        return self._normalized(rows @ self.weights + self.bias)

    def epoch(self, rows: Rows, labels: Labels, rate: float, order: npt.NDArray[np.int64]) -> tuple[float, float]:
        """Learn once from every row.

        Args:
            rows: Features.
            labels: Class within its output, rows by outputs.
            rate: Learning-rate multiplier.
            order: A permutation of the row numbers.

        Returns:
            Mean negative log-likelihood and fraction entirely right, of the predictions made before each step.
        """
        loss, right = 0.0, 0
        for batch in np.array_split(order, batches(len(order))):
            batch_loss, batch_right = self._step(rows[batch], labels[batch], rate * LEARNING_RATE)
            loss += batch_loss
            right += batch_right
        return loss / len(order), right / len(order)

    def _step(self, rows: Rows, labels: Labels, rate: float) -> tuple[float, int]:
        if self._squares is None:
            self._squares = np.full_like(self.weights, _FIRST_SQUARE)
        # Only the columns that occur in the batch change, a small part of the matrix.
        columns = np.unique(rows.indices)
        rows = rows[:, columns]
        outputs = self._normalized(rows @ self.weights[columns] + self.bias)
        loss, right = likelihood(outputs, labels)
        for output, label in zip(outputs, labels.T, strict=True):
            output[np.arange(len(label)), label] -= 1
        error = np.hstack(outputs)
        gradient = rows.T @ error
        squares = _KEPT_SQUARES * self._squares[columns] + gradient**2
        self._squares[columns] = squares
        self.weights[columns] -= np.float32(rate) * gradient / np.sqrt(squares + np.float32(_TINY))
        self.bias -= np.float32(rate) * error.mean(axis=0)
        return loss, right

    def _normalized(self, scores: Matrix) -> list[Matrix]:
        outputs = []
        for columns in self.slices:
            part = np.exp(scores[:, columns] - scores[:, columns].max(axis=1, keepdims=True))
            outputs.append(part / part.sum(axis=1, keepdims=True))
        return outputs


def batches(examples: int) -> int:
    """Steps of one epoch: batches of 64, smaller ones where that would leave fewer than 16 steps."""
    return max(1, examples // min(_LARGEST_BATCH, max(1, examples // 16)))


def likelihood(outputs: Sequence[Matrix], labels: Labels) -> tuple[float, int]:
    """Sum of the negative log-likelihoods of the labels, and how many rows have every output right."""
    rows = np.arange(len(labels))
    pairs = list(zip(outputs, labels.T, strict=True))
    loss = -sum(float(np.log(output[rows, label] + _TINY).sum()) for output, label in pairs)
    right = np.all([output.argmax(axis=1) == label for output, label in pairs], axis=0)
    return loss, int(right.sum())
