"""The part of a learner for values out of few: one choice per answer, or one per key of a JSON answer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from local_vertex.learner.batches import batches
from local_vertex.learner.examples import Question
from local_vertex.learner.features import Features
from local_vertex.learner.learner import UNKNOWN_LOSS, Hyperparameters, Score, Values
from local_vertex.learner.softmax import Labels, Softmax, likelihood

_LARGEST = float(np.finfo(np.float16).max)


class Classifier:
    """Chooses each of its slots among the values that the training answers have there.

    Args:
        slots: Numbers of the slots.
        features: How questions are read.
        classes: The values of each slot.
        model: The weights.
    """

    kind = "classifier"

    def __init__(self, slots: tuple[int, ...], features: Features, classes: list[list[str]], model: Softmax) -> None:
        self.slots, self._features, self._classes, self._model = slots, features, classes, model
        self._numbers = [{value: number for number, value in enumerate(values)} for values in classes]

    @classmethod
    def untrained(
        cls, slots: tuple[int, ...], questions: Sequence[Question], hyperparameters: Hyperparameters
    ) -> Classifier:
        """A classifier that knows no value."""
        features = Features.learn(questions, hyperparameters.adapter_size)
        return cls(slots, features, [[] for _ in slots], Softmax.zeros(2 * features.buckets, [0 for _ in slots]))

    def start(self, questions: Sequence[Question], values: Sequence[Values], hyperparameters: Hyperparameters) -> None:
        """Prepare for `epoch`; what an earlier tuning learned stays.

        Args:
            questions: Of the training examples.
            values: Their answers in this part's slots.
            hyperparameters: How to learn; the adapter size of an earlier tuning stays.
        """
        self._widen([sorted(set(column)) for column in zip(*values, strict=True)])
        self._rows = self._features.rows(questions)
        self._targets: Labels = np.array([self._labels(value) for value in values], np.int64)
        self._rate = hyperparameters.learning_rate_multiplier
        self._random = np.random.default_rng(hyperparameters.seed)

    def epoch(self) -> Score:
        """Learn once from every training example, in a new order."""
        order = batches(len(self._targets), self._random)
        loss, accuracy = self._model.epoch(self._rows, self._targets, self._rate, order)
        return Score(loss, accuracy, len(self._targets))

    def evaluate(self, questions: Sequence[Question], values: Sequence[Values | None]) -> Score:
        """The score; an answer that no training example has counts as wrong, with the loss of probability 1e-12."""
        labels = [None if value is None else self._labels(value) for value in values]
        known = [number for number, label in enumerate(labels) if label is not None]
        loss, right = 0.0, 0
        if known:
            outputs = self._model.probabilities(self._features.rows([questions[number] for number in known]))
            loss, right = likelihood(outputs, np.array([labels[number] for number in known], np.int64))
        loss += UNKNOWN_LOSS * (len(values) - len(known))
        return Score(loss / len(values), right / len(values), len(values))

    def answer(self, question: Question) -> tuple[Values, float]:
        """The most probable value of every slot."""
        row = self._features.row(question)
        outputs = self._model.of_row(row.columns, row.values)
        best = [int(output[0].argmax()) for output in outputs]
        probability = float(np.prod([output[0, number] for output, number in zip(outputs, best, strict=True)]))
        chosen = tuple(values[number] for values, number in zip(self._classes, best, strict=True))
        return chosen, float(np.log(max(probability, 1e-300)))

    def saved(self) -> tuple[dict[str, Any], dict[str, Any]]:
        """What a checkpoint keeps; half precision is enough for weights of this size."""
        meta = {
            "slots": self.slots,
            "buckets": self._features.buckets,
            "with_instruction": self._features.with_instruction,
            "classes": self._classes,
        }
        weights = np.clip(self._model.weights, -_LARGEST, _LARGEST).astype(np.float16)
        return meta, {"idf": self._features.idf, "weights": weights, "bias": self._model.bias}

    @classmethod
    def load(cls, meta: dict[str, Any], arrays: dict[str, Any]) -> Classifier:
        """The part of a checkpoint."""
        features = Features(meta["buckets"], arrays["idf"], with_instruction=meta["with_instruction"])
        sizes = [len(values) for values in meta["classes"]]
        model = Softmax(arrays["weights"].astype(np.float32), arrays["bias"], sizes)
        return cls(tuple(meta["slots"]), features, meta["classes"], model)

    def _widen(self, classes: list[list[str]]) -> None:
        """Make room for more values per slot; the new ones start without weights."""
        for mine, theirs, numbers in zip(self._classes, classes, self._numbers, strict=True):
            mine.extend(value for value in theirs if value not in numbers)
            numbers.update((value, number) for number, value in enumerate(mine))
        self._model = self._model.widened([len(values) for values in self._classes])

    def _labels(self, values: Values) -> list[int] | None:
        labels = [numbers.get(value) for numbers, value in zip(self._numbers, values, strict=True)]
        return None if None in labels else [label for label in labels if label is not None]
