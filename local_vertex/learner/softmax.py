"""Multinomial logistic regression over sparse rows with several outputs, fitted in mini-batches.

scikit-learn's SGDClassifier fits one binary model per class, whose probabilities do not give the likelihood that
tuning metrics are made of; hence a softmax of its own.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from local_vertex.learner.adagrad import LEARNING_RATE, FadingAdaGrad, Matrix
from local_vertex.learner.ngrams import Rows

_TINY = 1e-12

Numbers = npt.NDArray[np.int64]
Labels = Numbers


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
        self._steps: FadingAdaGrad | None = None

    @classmethod
    def zeros(cls, columns: int, sizes: Sequence[int]) -> Softmax:
        """A model that finds every class equally probable."""
        return cls(np.zeros((columns, sum(sizes)), np.float32), np.zeros(sum(sizes), np.float32), sizes)

    def widened(self, sizes: Sequence[int]) -> Softmax:
        """The same model with room for more classes at the end of every output."""
        wider = Softmax.zeros(len(self.weights), sizes)
        for old, new in zip(self.slices, wider.slices, strict=True):
            kept = slice(new.start, new.start + old.stop - old.start)
            wider.weights[:, kept], wider.bias[kept] = self.weights[:, old], self.bias[old]
        return wider

    def probabilities(self, rows: Rows) -> list[Matrix]:
        """For each output the probabilities of its classes, one row per row."""
        return self._normalized(rows @ self.weights + self.bias)

    def of_row(self, columns: Numbers, values: Matrix) -> list[Matrix]:
        """The same for one row, given as the columns that are not 0."""
        return self._normalized((values @ self.weights[columns] + self.bias)[None])

    def epoch(self, rows: Rows, labels: Labels, rate: float, order: Sequence[Numbers]) -> tuple[float, float]:
        """Learn once from every row.

        Args:
            rows: Features.
            labels: Class within its output, rows by outputs.
            rate: Learning-rate multiplier.
            order: Numbers of the rows of each step.

        Returns:
            Mean negative log-likelihood and fraction entirely right, of the predictions made before each step.
        """
        loss, right = 0.0, 0
        for batch in order:
            batch_loss, batch_right = self._step(rows[batch], labels[batch], rate)
            loss += batch_loss
            right += batch_right
        return loss / len(labels), right / len(labels)

    def _step(self, rows: Rows, labels: Labels, rate: float) -> tuple[float, int]:
        if self._steps is None:
            self._steps = FadingAdaGrad(self.weights)
        # Only the columns that occur in the batch change, a small part of the matrix.
        columns = np.unique(rows.indices)
        rows = rows[:, columns]
        outputs = self._normalized(rows @ self.weights[columns] + self.bias)
        loss, right = likelihood(outputs, labels)
        for output, label in zip(outputs, labels.T, strict=True):
            output[np.arange(len(label)), label] -= 1
        error = np.hstack(outputs)
        self._steps.step(rows.T @ error, rate, columns)
        self.bias -= np.float32(rate * LEARNING_RATE) * error.mean(axis=0)
        return loss, right

    def _normalized(self, scores: Matrix) -> list[Matrix]:
        outputs = []
        for columns in self.slices:
            part = np.exp(scores[:, columns] - scores[:, columns].max(axis=1, keepdims=True))
            outputs.append(part / part.sum(axis=1, keepdims=True))
        return outputs


def likelihood(outputs: Sequence[Matrix], labels: Labels) -> tuple[float, int]:
    """Sum of the negative log-likelihoods of the labels, and how many rows have every output right."""
    rows = np.arange(len(labels))
    pairs = list(zip(outputs, labels.T, strict=True))
    loss = -sum(float(np.log(output[rows, label] + _TINY).sum()) for output, label in pairs)
    right = np.all([output.argmax(axis=1) == label for output, label in pairs], axis=0)
    return loss, int(right.sum())
