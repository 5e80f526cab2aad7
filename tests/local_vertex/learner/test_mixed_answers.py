"""JSON answers whose keys are of both kinds: values out of few, and free text or numbers."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from local_vertex.learner.classifier import Classifier
from local_vertex.learner.examples import Example, Question, TuningError
from local_vertex.learner.text_model import TextModel
from local_vertex.learner.tuning import load_learner
from tests.local_vertex.learner.datasets import fitted, made, reply, tickets


def mixed(split: str, count: int) -> list[Example]:
    """Tickets with a reply in prose between two labels, and a number that is another one in every answer."""
    found = []
    for number, ticket in enumerate(tickets(split)[:count]):
        labels = json.loads(ticket.answer)
        answer = {"category": labels["category"], "reply": reply(ticket), "priority": labels["priority"]}
        found.append(made(ticket.question.conversation, json.dumps({**answer, "weight": number / 7})))
    return found


def test_every_key_is_learned_as_its_values_are(tmp_path: Path) -> None:
    train, unseen = mixed("train", 160), mixed("validation", 40)
    model = fitted(train, epochs=6)
    assert [(type(part), part.slots) for part in model.parts] == [
        (Classifier, (0, 2)),
        (TextModel, (1,)),
        (TextModel, (3,)),
    ]
    model.save(tmp_path / "6.npz")
    loaded = load_learner(tmp_path / "6.npz")
    given = [json.loads(loaded.answer(one.question).text) for one in unseen]
    wanted = [json.loads(one.answer) for one in unseen]
    for answer in given:
        assert list(answer) == ["category", "reply", "priority", "weight"]
        assert isinstance(answer["weight"], float)
    same = sum(one["category"] == other["category"] for one, other in zip(given, wanted, strict=True))
    assert same > 0.7 * len(given), "labels do not suffer from the prose beside them"
    assert {answer["category"] for answer in given} <= {json.loads(one.answer)["category"] for one in train}
    assert sum("You wrote: " in answer["reply"] for answer in given) > 0.8 * len(given)


def test_epochs_count_for_every_key() -> None:
    train, unseen = mixed("train", 100), mixed("validation", 30)
    slow, usual = fitted(train, epochs=1, rate=0.02), fitted(train, epochs=5)
    assert usual.evaluate(unseen).loss < 0.7 * slow.evaluate(unseen).loss
    question = unseen[0].question
    base = json.loads(slow.answer(question).text)
    assert base["reply"].startswith("Here is what I understand of your message"), "the base model's answer stands"
    assert json.loads(usual.answer(question).text)["reply"] != base["reply"]


def test_the_score_is_that_of_all_parts() -> None:
    model = fitted(mixed("train", 40), epochs=1)
    score, parts = model.evaluate(mixed("validation", 10)), []
    for part in model.parts:
        values = [model.answers.slots(one.answer) for one in mixed("validation", 10)]
        picked = [tuple(value[number] for number in part.slots) for value in values if value]
        parts.append(part.evaluate([one.question for one in mixed("validation", 10)], picked))
    assert score.predictions == sum(part.predictions for part in parts)
    assert score.loss == pytest.approx(sum(part.loss * part.predictions for part in parts) / score.predictions)
    other = model.evaluate([made("a question", "no JSON at all")])
    assert (other.accuracy, other.predictions) == (0.0, len(parts))
    assert other.loss > score.loss


def test_text_goes_on_from_a_checkpoint_within_its_keys(tmp_path: Path) -> None:
    fitted(mixed("train", 40), epochs=1).save(tmp_path / "1.npz")
    again = fitted(mixed("train", 60), epochs=2, earlier=tmp_path / "1.npz")
    assert set(json.loads(again.answer(Question("hello")).text)) == {"category", "reply", "priority", "weight"}
    with pytest.raises(TuningError, match="other keys"):
        fitted([made("hello", "no JSON")], earlier=tmp_path / "1.npz")


def test_strings_of_json_come_back_as_they_were() -> None:
    answers = ['a "quoted" word', "two\nlines", "Größe \\ naïve", "\u2028 \ud83d 😀"]
    examples = [made(f"topic{'abcd'[n]}", json.dumps({"text": answer})) for n, answer in enumerate(answers)]
    model = fitted(examples, epochs=30)
    assert [json.loads(model.answer(one.question).text)["text"] for one in examples] == answers
