"""A tuned model: the parts that fill the slots of its answers, and its checkpoint."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from local_vertex.learner.answers import AnswerFormat
from local_vertex.learner.checkpoints import read_checkpoint, write_checkpoint
from local_vertex.learner.classifier import Classifier
from local_vertex.learner.examples import Example, Question
from local_vertex.learner.learner import Answer, Part, Score, Values
from local_vertex.learner.text_model import TextModel


class TunedModel:
    """A model that is being tuned or was tuned.

    Args:
        answers: How answers are taken apart into slots.
        parts: What fills them; every slot belongs to one part.
    """

    def __init__(self, answers: AnswerFormat, parts: Sequence[Part]) -> None:
        self.answers, self.parts = answers, parts

    def epoch(self) -> Score:
        """Go once through the training examples; the score is that of the predictions made on the way."""
        return Score.together([part.epoch() for part in self.parts])

    def evaluate(self, examples: Sequence[Example]) -> Score:
        """The score on examples that are not learned from."""
        questions = [example.question for example in examples]
        slots = [self.answers.slots(example.answer) for example in examples]
        return Score.together([part.evaluate(questions, of_part(slots, part.slots)) for part in self.parts])

    def answer(self, question: Question) -> Answer:
        """The answer that the parts make together, written as the training answers are."""
        slots: dict[int, str] = {}
        log_probability = 0.0
        for part in self.parts:
            values, logarithm = part.answer(question)
            slots.update(zip(part.slots, values, strict=True))
            log_probability += logarithm
        return Answer(self.answers.render([slots[number] for number in sorted(slots)]), log_probability)

    def save(self, file: Path) -> None:
        """Write a checkpoint."""
        saved = [part.saved() for part in self.parts]
        kinds = [{"kind": part.kind, **meta} for part, (meta, _) in zip(self.parts, saved, strict=True)]
        arrays = {f"{number}.{name}": array for number, (_, of) in enumerate(saved) for name, array in of.items()}
        write_checkpoint(file, {"answers": self.answers.to_json(), "parts": kinds}, arrays)

    @classmethod
    def load(cls, file: Path) -> TunedModel:
        """The model of a checkpoint, ready to answer."""
        meta, arrays = read_checkpoint(file)
        parts: list[Part] = []
        for number, part in enumerate(meta["parts"]):
            prefix = f"{number}."
            own = {name.removeprefix(prefix): array for name, array in arrays.items() if name.startswith(prefix)}
            parts.append(_load(part, own))
        return cls(AnswerFormat.from_json(meta["answers"]), parts)


def of_part(slots: Sequence[Values | None], numbers: tuple[int, ...]) -> list[Values | None]:
    """What answers have in the slots of these numbers; None for an answer of another form."""
    return [None if values is None else tuple(values[number] for number in numbers) for values in slots]


def _load(meta: dict[str, Any], arrays: dict[str, Any]) -> Part:
    return Classifier.load(meta, arrays) if meta["kind"] == Classifier.kind else TextModel.load(meta, arrays)
