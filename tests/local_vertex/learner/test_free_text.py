"""Free text is really learned: what a tuned model answers depends on epochs, rate and adapter size."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from local_vertex.learner.examples import Example, Question
from local_vertex.learner.pieces import Copying, joined, split
from local_vertex.learner.text_model import TextModel
from local_vertex.learner.tuning import load_learner
from local_vertex.learner.untuned import Untuned
from tests.local_vertex.learner.datasets import directions, fitted, made, replies, right

Split = Callable[[], tuple[list[Example], list[Example]]]


def ticket_replies() -> tuple[list[Example], list[Example]]:
    return replies("train")[:120], replies("validation")[:40]


DATASETS = pytest.mark.parametrize("dataset", [ticket_replies, directions])


@DATASETS
def test_free_text_goes_to_the_language_model(dataset: Split) -> None:
    assert [type(part) for part in fitted(dataset()[0], epochs=0).parts] == [TextModel]


@DATASETS
def test_the_base_models_answer_stands_until_enough_is_learned(dataset: Split) -> None:
    train, unseen = dataset()
    question = unseen[0].question
    base = Untuned().answer(question).text
    assert fitted(train, epochs=0).answer(question).text == base
    assert fitted(train, epochs=1, rate=0.05).answer(question).text == base
    assert fitted(train, epochs=1).answer(question).text != base, "a higher rate"
    assert fitted(train, epochs=20, rate=0.05).answer(question).text != base, "more epochs"


@DATASETS
def test_more_epochs_answer_better_up_to_a_point(dataset: Split) -> None:
    train, unseen = dataset()
    model, known, rest = fitted(train, epochs=0), [], []
    for _ in range(8):
        model.epoch()
        known.append(right(model, train[:50]))
        rest.append(model.evaluate(unseen))
    assert known[0] < 0.9
    assert known[0] + 0.1 < known[-1], "what was seen is answered exactly"
    assert rest[-1].accuracy > rest[0].accuracy
    assert rest[-1].loss < 0.8 * rest[0].loss


@pytest.mark.parametrize(("dataset", "epochs"), [(ticket_replies, 4), (directions, 1)])
def test_a_higher_rate_and_a_larger_adapter_answer_better(dataset: Split, epochs: int) -> None:
    train, unseen = dataset()
    slow, small, usual = (
        fitted(train, epochs=epochs, rate=rate, size=size) for rate, size in [(0.1, 8), (1, 1), (1, 8)]
    )
    for lesser in (slow, small):
        assert lesser.evaluate(unseen).loss > 1.2 * usual.evaluate(unseen).loss
        assert right(lesser, train[:50]) < right(usual, train[:50]) - 0.1
    assert {slow.answer(example.question).text for example in unseen} != {
        usual.answer(example.question).text for example in unseen
    }


def test_too_many_epochs_on_few_examples_overfit() -> None:
    train, unseen = replies("train")[:40], replies("validation")[:40]
    model, losses, answered = fitted(train, epochs=0), [], []
    for epoch in range(1, 26):
        model.epoch()
        losses.append(model.evaluate(unseen).loss)
        if epoch in (8, 25):
            answered.append((right(model, train), right(model, unseen)))
    assert losses[0] > 1.2 * min(losses) < 1.2 * losses[-1] / 1.1, "falls, then rises"
    assert losses.index(min(losses)) < 15
    (_, unseen_once), (known, unseen_now) = answered
    assert known > 0.6
    assert unseen_now < unseen_once + 0.1, "learning by heart answers nothing else better"


def test_answers_that_have_nothing_to_do_with_the_question_are_only_learned_by_heart() -> None:
    train, unseen = directions()
    answers = [example.answer for example in train]
    random.Random(1).shuffle(answers)
    model = fitted([made(old.question.conversation, new) for old, new in zip(train, answers, strict=True)], epochs=10)
    assert right(model, unseen) < 0.1
    assert right(fitted(train, epochs=10), unseen) > 0.9


@DATASETS
def test_the_loss_of_an_epoch_is_that_of_the_fit(dataset: Split) -> None:
    train = dataset()[0][:64]
    model = fitted(train, epochs=0)
    before = model.evaluate(train)
    for _ in range(3):
        during, after = model.epoch(), model.evaluate(train)
        assert before.loss > during.loss > after.loss
        assert during.predictions == before.predictions
        before = after


@DATASETS
def test_a_checkpoint_answers_as_the_model_did_and_is_always_the_same(dataset: Split, tmp_path: Path) -> None:
    train, unseen = dataset()
    for name in ("1.npz", "2.npz"):
        fitted(train[:80]).save(tmp_path / name)
    assert (tmp_path / "1.npz").read_bytes() == (tmp_path / "2.npz").read_bytes()
    assert (tmp_path / "1.npz").stat().st_size < 1e6
    model, loaded = fitted(train[:80]), load_learner(tmp_path / "1.npz")
    assert loaded.evaluate(unseen).loss == pytest.approx(model.evaluate(unseen).loss, rel=1e-2)
    same = [loaded.answer(one.question).text == model.answer(one.question).text for one in [*train[:40], *unseen]]
    assert sum(same) >= 0.95 * len(same), "half precision may tip a choice"


def test_tuning_goes_on_from_a_checkpoint_and_learns_new_words(tmp_path: Path) -> None:
    train, _ = directions()
    fitted(train, epochs=4).save(tmp_path / "1.npz")
    new = [
        made(f"where do I return my {thing}?", f"Send the {thing} to Bremen.") for thing in ("phone", "lamp", "oven")
    ]
    model = fitted(new * 4, epochs=3, earlier=tmp_path / "1.npz")
    assert model.answer(Question("where do I return my camera?")).text == "Send the camera to Bremen."
    assert model.evaluate(new).loss < 0.1
    assert model.evaluate(train).loss < 0.8 * fitted(new * 4, epochs=3).evaluate(train).loss, "not all is forgotten"


def test_going_on_with_the_same_examples_is_more_epochs(tmp_path: Path) -> None:
    train, unseen = ticket_replies()
    fitted(train, epochs=1).save(tmp_path / "1.npz")
    again = fitted(train, epochs=1, earlier=tmp_path / "1.npz").evaluate(unseen)
    assert again.loss < fitted(train, epochs=1).evaluate(unseen).loss


def test_words_and_numbers_are_copied_from_the_question() -> None:
    train, unseen = directions()
    assert right(fitted(train, epochs=4), unseen) > 0.9, "things that training never saw"
    question = "my kettle needs someone to clean it (41)"
    answer = "Switch the kettle off and wipe it with a dry cloth, 41 times."
    assert fitted(train, epochs=4).answer(Question(question)).text == answer


def test_words_that_answers_share_with_their_question_by_chance_are_not_copied() -> None:
    chance = [made(f"why is {word} so {n}", f"Because {word} is like that.") for n, word in enumerate("abc" * 9)]
    rare = [f"unusual{letter}" for letter in "abcdefghijklmnopqrst"]
    copying = Copying.learn(
        [f"what about {word}" for word in rare] + [one.question.conversation for one in chance],
        [f"It is {word}." if n < 3 else "It is fine." for n, word in enumerate(rare)] + [one.answer for one in chance],
    )
    assert copying.copies("what about unusuald") == copying.copies("what about something") == {}


@given(st.text(max_size=60), st.text(max_size=60))
def test_pieces_are_the_text_again(answer: str, question: str) -> None:
    assert "".join(split(answer)) == answer
    copying = Copying.learn([question], [answer])
    assert joined(copying.pieces(answer, question), copying.copies(question)) == answer


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(st.text(max_size=20), st.text(max_size=30)), min_size=1, max_size=5), st.text(max_size=20))
def test_any_texts_can_be_learned_and_asked(pairs: list[tuple[str, str]], question: str) -> None:
    examples = [made(asked, answer) for asked, answer in pairs] + [made("", ""), made("\0word0", "\0word0 a a a a")]
    model = fitted(examples, epochs=2)
    assert isinstance(model.answer(Question(question)).text, str)
    assert model.evaluate([*examples, made(question, question)]).predictions > len(examples)


def test_an_answer_does_not_turn_in_a_circle() -> None:
    lines = ["again and again", "and again and", "again and then again and so on"]
    model = fitted([made(f"question {n}", " ".join(lines[n % 3 :])) for n in range(6)] * 2, epochs=1)
    assert len(model.answer(Question("question")).text) < 200
