"""The step by which weights are learned: AdaGrad's with a fading sum of squared gradients.

With the plain sum it comes to rest and never overfits, as tuned models do.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

LEARNING_RATE = 0.1
"""Step at a learning-rate multiplier of 1."""
_KEPT_SQUARES = np.float32(0.95)
"""Part of the sum of squared gradients that is kept at each step that touches a weight."""
_FIRST_SQUARE = 1e-3
_TINY = np.float32(1e-12)

Matrix = npt.NDArray[np.float32]
Places = npt.NDArray[np.int64]


class FadingAdaGrad:
    """Changes weights in their place.

    Args:
        weights: One row per feature.
    """

    def __init__(self, weights: Matrix) -> None:
        self._weights = weights
        self._squares = np.full_like(weights, _FIRST_SQUARE)

    def step(self, gradient: Matrix, rate: float, rows: Places | slice = slice(None)) -> None:
        """One step against the gradient.

        Args:
            gradient: Of the weights in `rows`.
            rate: Learning-rate multiplier.
            rows: The rows that the step touches; the others keep weights and squares.
        """
        squares = _KEPT_SQUARES * self._squares[rows] + gradient**2
        self._squares[rows] = squares
        self._weights[rows] -= np.float32(rate * LEARNING_RATE) * gradient / np.sqrt(squares + _TINY)
