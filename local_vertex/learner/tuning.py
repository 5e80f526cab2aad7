"""Chooses, starts and loads the learner for a dataset."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from local_vertex.learner.answers import AnswerFormat, find_format
from local_vertex.learner.classifier import Classifier
from local_vertex.learner.examples import Example, Question, TuningError
from local_vertex.learner.learner import Hyperparameters, Part, Values
from local_vertex.learner.text_model import Form, TextModel
from local_vertex.learner.tuned_model import TunedModel

_EXAMPLES_PER_VALUE = 2
"""The values of a slot are choices when there are at least this many examples per distinct value."""


def start_learner(
    examples: Sequence[Example], hyperparameters: Hyperparameters, earlier: Path | None = None
) -> TunedModel:
    """A model whose `epoch` may be called.

    Args:
        examples: Training examples, at least one.
        hyperparameters: How to learn.
        earlier: Checkpoint to go on from; its kinds, its capacity and its reading of questions are kept.

    Raises:
        TuningError: The examples' answers are of another form than those of the earlier checkpoint.
    """
    questions = [example.question for example in examples]
    if earlier:
        model = TunedModel.load(earlier)
        slots = _slots(examples, model.answers)
    else:
        answers = find_format([example.answer for example in examples])
        slots = _slots(examples, answers)
        model = TunedModel(answers, _parts(answers, questions, slots, hyperparameters))
    for part in model.parts:
        part.start(questions, [tuple(values[number] for number in part.slots) for values in slots], hyperparameters)
    return model


def load_learner(file: Path) -> TunedModel:
    """The model of a checkpoint, ready to answer."""
    return TunedModel.load(file)


def _slots(examples: Sequence[Example], answers: AnswerFormat) -> list[Values]:
    slots = [answers.slots(example.answer) for example in examples]
    known = [values for values in slots if values is not None]
    if len(known) < len(slots):
        raise TuningError(
            12, "local Vertex cannot go on from the earlier checkpoint: its answers are JSON objects with other keys."
        )
    return known


def _parts(
    answers: AnswerFormat, questions: Sequence[Question], slots: Sequence[Values], hyperparameters: Hyperparameters
) -> list[Part]:
    """One classifier for all slots with values out of few, and a text model for each of the others."""
    columns = list(zip(*slots, strict=True))
    closed = tuple(
        number for number, column in enumerate(columns) if len(set(column)) * _EXAMPLES_PER_VALUE <= len(column)
    )
    parts: list[Part] = []
    if closed:
        parts.append(Classifier.untrained(closed, questions, hyperparameters))
    for number in set(range(len(columns))) - set(closed):
        form = _form(columns[number]) if answers.keys else Form.TEXT
        parts.append(TextModel.untrained(number, form, questions, hyperparameters))
    return parts


def _form(values: Sequence[str]) -> Form:
    return Form.STRING if all(value.startswith('"') for value in values) else Form.VALUE
