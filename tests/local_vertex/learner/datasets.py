"""Small datasets of three kinds, and a model fitted on one."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from local_vertex.learner.examples import Example, Question, read_examples
from local_vertex.learner.learner import Hyperparameters
from local_vertex.learner.tuned_model import TunedModel
from local_vertex.learner.tuning import start_learner

ROOT = Path(__file__).resolve().parents[3]
COLOURS = {"red": "cherry tomato strawberry", "green": "lime cucumber pea", "blue": "sky ocean denim"}
_OPENINGS = {
    "low": "Thank you for writing.",
    "normal": "Thank you for your report, we look at it this week.",
    "high": "We are sorry for the trouble and look at this today.",
    "urgent": "We are on this right now.",
}
_STEPS = {
    "reset": "Open the {thing} and press reset for {number} seconds.",
    "clean": "Switch the {thing} off and wipe it with a dry cloth, {number} times.",
    "sell": "Take a photo of the {thing} and offer it for {number} euros.",
    "repair": "Bring the {thing} to our shop within {number} days.",
}
_REQUESTS = (
    "how do I {step} my {thing}, number {number}?",
    "my {thing} needs someone to {step} it ({number})",
    "please tell me how to {step} the {thing}, I said {number}",
    "{step} {thing} {number}",
)
_THINGS = "router phone oven camera printer radio heater lamp clock scanner modem tablet speaker drone fridge watch"
_NEW_THINGS = "kettle toaster mixer fan"


def made(question: str, answer: str, instruction: str = "") -> Example:
    return Example(Question(question, instruction), answer, 2, [])


def fitted(
    examples: Sequence[Example], epochs: int = 3, rate: float = 1.0, size: int = 4, earlier: Path | None = None
) -> TunedModel:
    model = start_learner(examples, Hyperparameters(rate, size, seed=7), earlier)
    for _ in range(epochs):
        model.epoch()
    return model


def right(model: TunedModel, examples: Sequence[Example]) -> float:
    """Share of the examples that the model answers exactly so."""
    return sum(model.answer(example.question).text == example.answer for example in examples) / len(examples)


def colours() -> list[Example]:
    """Choices that are easy to learn."""
    return [
        made(f"a {word} {n}", colour) for colour, words in COLOURS.items() for word in words.split() for n in range(4)
    ]


@cache
def tickets(split: str) -> list[Example]:
    """The bundled example: JSON objects with three keys, all of which have few values."""
    return read_examples(ROOT / "examples" / "support_triage" / f"{split}.jsonl").kept


@cache
def replies(split: str) -> list[Example]:
    """The tickets of the bundled example with a reply in prose that quotes how the ticket begins."""
    return [made(ticket.question.conversation, reply(ticket)) for ticket in tickets(split)]


def reply(ticket: Example) -> str:
    labels = json.loads(ticket.answer)
    begins = " ".join(ticket.question.conversation.split()[:4])
    return f"{_OPENINGS[labels['priority']]} Next: {labels['action']}, for {labels['category']}. You wrote: {begins}..."


@cache
def directions() -> tuple[list[Example], list[Example]]:
    """Directions that name a thing and a number of the question; those of the second list are of things of its own."""
    draw = random.Random(4)

    def about(things: str) -> list[Example]:
        found = []
        for thing in things.split():
            for step, answer in _STEPS.items():
                for _ in range(2):
                    words = {"thing": thing, "step": step, "number": draw.randrange(2, 99)}
                    found.append(made(draw.choice(_REQUESTS).format(**words), answer.format(**words)))
        return found

    return about(_THINGS), about(_NEW_THINGS)
