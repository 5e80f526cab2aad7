"""The part of a learner for free text: one slot of the answer, written piece by piece by a language model."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from enum import StrEnum
from typing import Any

import numpy as np

from local_vertex.learner.adagrad import Matrix
from local_vertex.learner.batches import batches
from local_vertex.learner.continuations import Continuations
from local_vertex.learner.examples import Question
from local_vertex.learner.features import Features
from local_vertex.learner.language_model import BASE, END, RESERVED, START, WIDTH_PER_RANK, LanguageModel, Numbers
from local_vertex.learner.learner import Hyperparameters, Score, Values
from local_vertex.learner.pieces import Copying, copied, joined
from local_vertex.learner.untuned import Untuned
from local_vertex.learner.writer import LONGEST, Writer

_MOST_PIECES = 4_096
"""Pieces that a model knows, the most frequent ones of the training answers; the others are left out of its answers."""
_EVALUATED_AT_ONCE = 64
_FEATURE_RANKS = 4
"""Questions are read as by a classifier of this adapter size, whatever the adapter size."""
_LARGEST = float(np.finfo(np.float16).max)


class Form(StrEnum):
    """What a slot holds."""

    TEXT = "text"
    """The whole answer."""
    STRING = "string"
    """JSON text of a string, which is written piece by piece."""
    VALUE = "value"
    """JSON text of something else, which is one piece, so that it stays JSON."""


class TextModel:
    """Writes one slot of the answer.

    Args:
        slot: Number of the slot.
        form: What it holds.
        features: How questions are read.
        copying: Which words are copied from the question.
        pieces: Texts of the pieces from number `RESERVED` on.
        continuations: Which pieces may follow which.
        model: The weights.
    """

    kind = "text"

    def __init__(
        self,
        slot: int,
        form: Form,
        features: Features,
        copying: Copying,
        pieces: list[str],
        continuations: Continuations,
        model: LanguageModel,
    ) -> None:
        self.slots: tuple[int, ...] = (slot,)
        self._form, self._features, self._copying, self._pieces = form, features, copying, pieces
        self._continuations, self._model, self._writer = continuations, model, Writer(model, continuations)
        self._numbers = {piece: number for number, piece in enumerate(pieces, RESERVED)}
        self._copies = {number: name for piece, number in self._numbers.items() if (name := copied(piece))}

    @classmethod
    def untrained(
        cls, slot: int, form: Form, questions: Sequence[Question], hyperparameters: Hyperparameters
    ) -> TextModel:
        """A model that answers as the base model does."""
        features = Features.learn(questions, _FEATURE_RANKS)
        model = LanguageModel.untrained(len(features.idf), WIDTH_PER_RANK * hyperparameters.adapter_size)
        return cls(slot, form, features, Copying(), [], Continuations(), model)

    def start(self, questions: Sequence[Question], values: Sequence[Values], hyperparameters: Hyperparameters) -> None:
        """Prepare for `epoch`; what an earlier tuning learned stays.

        Args:
            questions: Of the training examples.
            values: Their answers in this part's slot.
            hyperparameters: How to learn; the adapter size of an earlier tuning stays.
        """
        if self._form is not Form.VALUE:
            asked = [question.conversation for question in questions]
            learned = Copying.learn(asked, [self._read(value) for value in values])
            self._copying = self._copying.with_more(learned) if self._pieces else learned
        answers = [self._split(question, value) for question, value in zip(questions, values, strict=True)]
        self._name(Counter(piece for answer in answers for piece in answer))
        numbers = [self._known(answer) for answer in answers]
        self._continuations.learn([answer.tolist() for answer in numbers], START)
        self._random = np.random.default_rng(hyperparameters.seed)
        self._rate, self._count = hyperparameters.learning_rate_multiplier, len(questions)
        self._model.start(self._features.rows(questions), numbers, RESERVED + len(self._pieces), self._random)

    def epoch(self) -> Score:
        """Learn once from every training example, in a new order."""
        self._writer.forget()
        return self._model.epoch(batches(self._count, self._random), self._rate)

    def evaluate(self, questions: Sequence[Question], values: Sequence[Values | None]) -> Score:
        """The score of all pieces; one that no training answer has is wrong."""
        scores = []
        for first in range(0, len(questions), _EVALUATED_AT_ONCE):
            some = zip(questions[first:][:_EVALUATED_AT_ONCE], values[first:][:_EVALUATED_AT_ONCE], strict=True)
            kept, answers, unknown = [], [], 0
            for question, value in some:
                if value is None:
                    unknown += 1
                    continue
                pieces = self._split(question, value)
                kept.append(question)
                answers.append(self._known(pieces))
                unknown += sum(piece not in self._numbers for piece in pieces)
            if kept:
                scores.append(self._model.score(self._features.rows(kept), answers))
            if unknown:
                scores.append(Score(self._model.unknown_loss, 0.0, unknown))
        return Score.together(scores)

    def answer(self, question: Question) -> tuple[Values, float]:
        """What the language model writes, or the base model's answer where that is more probable."""
        copies = self._copying.copies(question.conversation)
        barred = {number for number, name in self._copies.items() if name not in copies}
        if self._form is Form.VALUE:
            barred.add(BASE)
        written, log_probability = self._writer.write(self._features.row(question), barred)
        if written == [BASE]:
            text = Untuned().answer(question).text
        else:
            text = joined((self._pieces[number - RESERVED] for number in written), copies)
        return (json.dumps(text) if self._form is Form.STRING else text,), log_probability

    def saved(self) -> tuple[dict[str, Any], dict[str, Any]]:
        """Weights of 0 are left out, and half precision is enough for the others."""
        meta = {
            "slot": self.slots[0],
            "form": self._form,
            "buckets": self._features.buckets,
            "with_instruction": self._features.with_instruction,
            "names": sorted(self._copying.names),
            "plain": sorted(self._copying.plain),
            "with_new": self._copying.with_new,
            "pieces": self._pieces,
        }
        arrays = {"idf": self._features.idf, "runs": self._continuations.to_array(), "bias": self._model.bias}
        for name in ("question_weights", "context_weights", "out_weights"):
            weights: Matrix = getattr(self._model, name)
            used = np.flatnonzero(weights.any(axis=1))
            arrays[f"{name}_rows"] = used.astype(np.int32)
            arrays[name] = np.clip(weights[used], -_LARGEST, _LARGEST).astype(np.float16)
        return meta, arrays

    @classmethod
    def load(cls, meta: dict[str, Any], arrays: dict[str, Any]) -> TextModel:
        """The part of a checkpoint."""
        features = Features(meta["buckets"], arrays["idf"], with_instruction=meta["with_instruction"])
        model = LanguageModel.untrained(len(arrays["idf"]), arrays["out_weights"].shape[1])
        model.bias = arrays["bias"]
        model.out_weights = np.zeros((len(model.bias), arrays["out_weights"].shape[1]), np.float32)
        for name in ("question_weights", "context_weights", "out_weights"):
            getattr(model, name)[arrays[f"{name}_rows"]] = arrays[name]
        copying = Copying(frozenset(meta["names"]), frozenset(meta["plain"]), meta["with_new"])
        runs = Continuations.from_array(arrays["runs"])
        return cls(meta["slot"], Form(meta["form"]), features, copying, meta["pieces"], runs, model)

    def _name(self, found: Counter[str]) -> None:
        """Give numbers to pieces that have none, the most frequent ones first."""
        for piece, _ in sorted(found.items(), key=lambda item: (-item[1], item[0])):
            if piece not in self._numbers and len(self._pieces) < _MOST_PIECES:
                number = self._numbers[piece] = RESERVED + len(self._pieces)
                self._pieces.append(piece)
                if name := copied(piece):
                    self._copies[number] = name

    def _read(self, value: Values) -> str:
        if self._form is not Form.STRING:
            return value[0]
        text = json.loads(value[0])
        return text if isinstance(text, str) else value[0]

    def _split(self, question: Question, value: Values) -> list[str]:
        """The pieces of an answer, as far as it is learned."""
        if self._form is Form.VALUE:
            return list(value)
        return self._copying.pieces(self._read(value), question.conversation)[:LONGEST]

    def _known(self, answer: Sequence[str]) -> Numbers:
        """The numbers of the known pieces of an answer, and its end."""
        numbers = (self._numbers.get(piece) for piece in answer)
        return np.array([*(number for number in numbers if number is not None), END], np.int64)
