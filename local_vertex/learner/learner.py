"""What a learner can do; a later engine that tunes open-weight models implements the same three methods."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from local_vertex.learner.examples import Example, Question


@dataclass(frozen=True, slots=True)
class Hyperparameters:
    """How a model is tuned.

    Attributes:
        learning_rate_multiplier: Factor on the learner's own rate, 0 or more.
        adapter_size: Rank of the adapter, the capacity of the tuned model.
        seed: Seed of the order of the examples.
    """

    learning_rate_multiplier: float
    adapter_size: int
    seed: int


@dataclass(frozen=True, slots=True)
class Answer:
    """A reply.

    Attributes:
        text: The text.
        log_probability: Natural logarithm of the probability that the model gives it.
    """

    text: str
    log_probability: float


@dataclass(frozen=True, slots=True)
class Score:
    """How well answers are predicted.

    Attributes:
        loss: Mean negative logarithm of the probability of the right answer.
        accuracy: Fraction answered exactly right.
        predictions: Answers predicted.
    """

    loss: float
    accuracy: float
    predictions: int


class Learner(Protocol):
    """A model that is being tuned or was tuned."""

    steps_per_epoch: int

    def epoch(self) -> Score:
        """Go once through the training examples; the score is that of the predictions made on the way."""

    def evaluate(self, examples: Sequence[Example]) -> Score:
        """The score on examples that are not learned from."""

    def answer(self, question: Question) -> Answer:
        """The most probable answer."""

    def save(self, file: Path) -> None:
        """Write a checkpoint that `tuning.load_learner` reads."""
