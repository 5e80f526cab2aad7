"""A learner for answers out of few: one choice per answer, or one per key of a JSON answer."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from local_vertex.learner.answers import AnswerFormat
from local_vertex.learner.checkpoints import write_checkpoint
from local_vertex.learner.examples import Example, Question
from local_vertex.learner.features import Features
from local_vertex.learner.learner import Answer, Hyperparameters, Score
from local_vertex.learner.softmax import Labels, Softmax, batches, likelihood

UNKNOWN_LOSS = float(-np.log(1e-12))
"""Loss of an answer that the model cannot give at all."""
_LARGEST = float(np.finfo(np.float16).max)


class Classifier:
    """Chooses each slot of the answer among the values that the training answers have there.

    Args:
        features: How questions are read.
        answers: How answers are taken apart.
        classes: The values of each slot.
        model: The weights.
    """

    kind = "classifier"

    def __init__(self, features: Features, answers: AnswerFormat, classes: list[list[str]], model: Softmax) -> None:
        self.features, self.answers, self.classes, self.model = features, answers, classes, model
        self._numbers = [{value: number for number, value in enumerate(values)} for values in classes]
        self.steps_per_epoch = 0

    def start(self, examples: Sequence[Example], hyperparameters: Hyperparameters) -> None:
        """Prepare for `epoch`.

        Args:
            examples: Training examples, whose answers all have a class in every slot.
            hyperparameters: How to learn.
        """
        self._rows = self.features.rows([example.question for example in examples])
        labels = [self._labels(example.answer) for example in examples]
        self._targets: Labels = np.array(labels, np.int64)
        self._rate = hyperparameters.learning_rate_multiplier
        self._random = np.random.default_rng(hyperparameters.seed)
        self.steps_per_epoch = batches(len(examples))

    def epoch(self) -> Score:
        """Learn once from every training example, in a new order."""
        order = self._random.permutation(len(self._targets))
        loss, accuracy = self.model.epoch(self._rows, self._targets, self._rate, order)
        return Score(loss, accuracy, len(self._targets))

    def evaluate(self, examples: Sequence[Example]) -> Score:
        """The score; an answer that no training example has counts as wrong, with the loss of probability 1e-12."""
        labels = [self._labels(example.answer) for example in examples]
        known = [number for number, label in enumerate(labels) if label is not None]
        loss, right = 0.0, 0
        if known:
            outputs = self.model.probabilities(self.features.rows([examples[number].question for number in known]))
            loss, right = likelihood(outputs, np.array([labels[number] for number in known], np.int64))
        loss += UNKNOWN_LOSS * (len(examples) - len(known))
        return Score(loss / len(examples), right / len(examples), len(examples))

    def answer(self, question: Question) -> Answer:
        """The most probable value of every slot, written as the training answers are."""
        outputs = self.model.probabilities(self.features.rows([question]))
        best = [int(output[0].argmax()) for output in outputs]
        probability = float(np.prod([output[0, number] for output, number in zip(outputs, best, strict=True)]))
        text = self.answers.render([values[number] for values, number in zip(self.classes, best, strict=True)])
        return Answer(text, float(np.log(max(probability, 1e-300))))

    def save(self, file: Path) -> None:
        """Write a checkpoint; half precision is enough for weights of this size."""
        meta = {
            "kind": self.kind,
            "buckets": self.features.buckets,
            "with_instruction": self.features.with_instruction,
            "answers": self.answers.to_json(),
            "classes": self.classes,
        }
        arrays = {
            "idf": self.features.idf,
            "weights": np.clip(self.model.weights, -_LARGEST, _LARGEST).astype(np.float16),
            "bias": self.model.bias,
        }
        write_checkpoint(file, meta, arrays)

    @classmethod
    def load(cls, meta: dict[str, Any], arrays: dict[str, Any]) -> Classifier:
        """The classifier of a checkpoint."""
        features = Features(meta["buckets"], arrays["idf"], with_instruction=meta["with_instruction"])
        sizes = [len(values) for values in meta["classes"]]
        model = Softmax(arrays["weights"].astype(np.float32), arrays["bias"], sizes)
        return cls(features, AnswerFormat.from_json(meta["answers"]), meta["classes"], model)

    def widened(self, classes: list[list[str]]) -> Classifier:
        """The same model with room for more values per slot; the new ones start without weights."""
        merged = [
            [*mine, *(value for value in theirs if value not in known)]
            for mine, theirs, known in zip(self.classes, classes, self._numbers, strict=True)
        ]
        model = Softmax.zeros(len(self.model.weights), [len(values) for values in merged])
        for old, new in zip(self.model.slices, model.slices, strict=True):
            kept = slice(new.start, new.start + old.stop - old.start)
            model.weights[:, kept], model.bias[kept] = self.model.weights[:, old], self.model.bias[old]
        return Classifier(self.features, self.answers, merged, model)

    def _labels(self, answer: str) -> list[int] | None:
        slots = self.answers.slots(answer)
        if slots is None:
            return None
        labels = [numbers.get(value) for numbers, value in zip(self._numbers, slots, strict=True)]
        return None if None in labels else [label for label in labels if label is not None]
