"""What a learner can do; a later engine that tunes open-weight models implements the same methods.

The answers of a dataset have slots: one for the whole text, or one per key of JSON objects. Here a learner is made of
parts that fill the slots, of two kinds, picked by the data: `classifier.Classifier` for values out of few,
`text_model.TextModel` for free text.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, TypeAlias

from local_vertex.learner.examples import Example, Question

Values: TypeAlias = tuple[str, ...]
"""The texts of some slots of one answer."""
UNKNOWN_LOSS = -math.log(1e-12)
"""Loss of an answer that a model cannot give at all."""


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

    @classmethod
    def together(cls, scores: Sequence[Score]) -> Score:
        """The score of all predictions of several scores."""
        predictions = sum(score.predictions for score in scores)
        loss = sum(score.loss * score.predictions for score in scores)
        right = sum(score.accuracy * score.predictions for score in scores)
        return cls(loss / predictions, right / predictions, predictions)


class Part(Protocol):
    """What fills some slots of the answer.

    Attributes:
        kind: Its name in a checkpoint.
        slots: Numbers of the slots that it fills.
    """

    kind: str
    slots: tuple[int, ...]

    def start(self, questions: Sequence[Question], values: Sequence[Values], hyperparameters: Hyperparameters) -> None:
        """Prepare for `epoch`; what an earlier tuning learned stays.

        Args:
            questions: Of the training examples.
            values: Their answers in this part's slots.
            hyperparameters: How to learn; the adapter size of an earlier tuning stays.
        """

    def epoch(self) -> Score:
        """Go once through the training examples; the score is that of the predictions made on the way."""

    def evaluate(self, questions: Sequence[Question], values: Sequence[Values | None]) -> Score:
        """The score on examples that are not learned from.

        Args:
            questions: What is asked.
            values: The texts of this part's slots, or None where the answer has other slots.
        """

    def answer(self, question: Question) -> tuple[Values, float]:
        """The texts for its slots, and the natural logarithm of their probability."""

    def saved(self) -> tuple[dict[str, Any], dict[str, Any]]:
        """What a checkpoint keeps of it: JSON and arrays."""


class Learner(Protocol):
    """A model that is being tuned or was tuned."""

    def epoch(self) -> Score:
        """Go once through the training examples; the score is that of the predictions made on the way."""

    def evaluate(self, examples: Sequence[Example]) -> Score:
        """The score on examples that are not learned from."""

    def answer(self, question: Question) -> Answer:
        """The most probable answer."""

    def save(self, file: Path) -> None:
        """Write a checkpoint that `tuning.load_learner` reads."""
