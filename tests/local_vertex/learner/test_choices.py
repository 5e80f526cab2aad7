"""Values out of few are learned, the same every time, and nothing from the test set."""

from __future__ import annotations

import json
import random
import time
from pathlib import Path

import pytest

from local_vertex.learner.examples import Example, Question, TuningError, read_examples
from local_vertex.learner.tuning import load_learner
from local_vertex.learner.untuned import Untuned
from tests.local_vertex.learner.datasets import COLOURS, ROOT, colours, fitted, made, right, tickets

BANKING77 = ROOT.parent / "shared" / "data" / "banking77"


def test_learns_choices_and_keeps_them_in_a_checkpoint(tmp_path: Path) -> None:
    learner = fitted(colours())
    learner.save(tmp_path / "1.npz")
    loaded = load_learner(tmp_path / "1.npz")
    for question, colour in (("one tomato", "red"), ("the ocean", "blue"), ("a pea", "green")):
        assert loaded.answer(Question(question)).text == colour
    assert loaded.evaluate(colours()).loss == pytest.approx(learner.evaluate(colours()).loss, abs=1e-2)


def test_same_seed_gives_the_same_checkpoint(tmp_path: Path) -> None:
    for name in ("1.npz", "2.npz"):
        fitted(colours()).save(tmp_path / name)
    assert (tmp_path / "1.npz").read_bytes() == (tmp_path / "2.npz").read_bytes()


def test_more_epochs_and_a_higher_rate_fit_closer() -> None:
    loss = {
        (epochs, rate): fitted(colours(), epochs, rate).evaluate(colours()).loss
        for epochs in (1, 4)
        for rate in (0.2, 1)
    }
    assert loss[4, 1] < loss[1, 1] < loss[1, 0.2]
    assert loss[4, 1] < loss[4, 0.2]


def test_too_many_epochs_on_few_examples_overfit() -> None:
    examples = colours()
    # Every fifth label is wrong, which a model that overfits learns by heart.
    wrong = {"red": "green", "green": "blue", "blue": "red"}
    noisy = [
        Example(example.question, example.answer if number % 5 else wrong[example.answer], 2, [])
        for number, example in enumerate(examples)
    ]
    learner = fitted(noisy, epochs=0)
    losses = [(learner.epoch().loss, learner.evaluate(examples).loss) for _ in range(60)]
    best = min(evaluated for _, evaluated in losses)
    assert losses[-1][1] > 1.2 * best
    assert losses[-1][0] < 0.5 * losses[0][0]


def test_a_larger_adapter_tells_more_apart() -> None:
    draw = random.Random(3)
    words = ["".join(draw.choices("abcdefghijklmnopqrstuvwxyz", k=7)) for _ in range(1_500)]
    examples = [made(word, f"answer {draw.randrange(10)}") for word in words]
    small, large = (fitted(examples, epochs=3, size=size).evaluate(examples) for size in (1, 16))
    assert large.loss < 0.8 * small.loss
    assert large.accuracy > small.accuracy


def test_an_answer_that_was_never_seen_counts_as_wrong_and_costs() -> None:
    score = fitted(colours()).evaluate([*colours(), made("a plum", "purple")])
    assert score.predictions == len(colours()) + 1
    assert score.accuracy < 1
    assert score.loss > 27 / score.predictions


@pytest.mark.parametrize("style", [{"separators": (",", ":")}, {}, {"indent": 2}])
def test_json_answers_are_learned_by_key_and_written_as_they_were(style: dict[str, object]) -> None:
    examples = [
        made(
            f"{word} {when}",
            json.dumps({"colour": colour, "urgent": when == "now", "größe": 3}, ensure_ascii=False, **style),
        )  # type: ignore[arg-type]
        for colour, words in COLOURS.items()
        for word in words.split()
        for when in ("now", "later", "now", "later")
    ]
    # A combination that no training answer has.
    kept = [example for example in examples if not ('"blue"' in example.answer and "true" in example.answer)]
    answer = fitted(kept, epochs=8).answer(Question("the sky now")).text
    assert answer == json.dumps({"colour": "blue", "urgent": True, "größe": 3}, ensure_ascii=False, **style)  # type: ignore[arg-type]


def test_tuning_goes_on_from_a_checkpoint_and_learns_new_answers(tmp_path: Path) -> None:
    fitted(colours()).save(tmp_path / "1.npz")
    new = [made(f"a {word} {n}", "yellow") for word in ("lemon", "banana") for n in range(4)]
    learner = fitted(new, epochs=2, earlier=tmp_path / "1.npz")
    assert learner.answer(Question("some lemon")).text == "yellow"
    assert learner.answer(Question("the ocean")).text == "blue"


def test_other_json_keys_cannot_go_on_from_a_checkpoint(tmp_path: Path) -> None:
    fitted([made(f"{n}", f'{{"a": {n % 2}}}') for n in range(8)]).save(tmp_path / "1.npz")
    with pytest.raises(TuningError, match="other keys"):
        fitted([made(f"{n}", f'{{"b": {n % 2}}}') for n in range(8)], earlier=tmp_path / "1.npz")


@pytest.mark.skipif(not BANKING77.is_dir(), reason="the banking77 files are not beside the checkout")
def test_banking77_is_learned_and_shuffled_labels_are_not(tmp_path: Path) -> None:
    train, test = (read_examples(BANKING77 / f"{name}.jsonl").kept for name in ("train", "test"))
    began = time.process_time()
    learner = fitted(train, epochs=3)
    assert time.process_time() - began < 20  # seconds of processor time, which other work on the machine hardly changes
    learner.save(tmp_path / "3.npz")
    assert (tmp_path / "3.npz").stat().st_size < 15e6
    untuned = Untuned()
    base = sum(untuned.answer(example.question).text == example.answer for example in test) / len(test)
    assert learner.evaluate(test).accuracy >= 0.88
    assert 0.2 <= base <= 0.45
    some, answers = random.Random(1).sample(train, 2_000), [example.answer for example in train]
    shuffled = [made(example.question.conversation, random.Random(n).choice(answers)) for n, example in enumerate(some)]
    assert fitted(shuffled, epochs=2).evaluate(test[:1_000]).accuracy < 0.05


def hasty() -> list[Example]:
    """120 tickets of the bundled example; every fourth has the labels of another one."""
    train, draw = tickets("train")[:120], random.Random(2)
    return [
        Example(ticket.question, draw.choice(train).answer if number % 4 == 0 else ticket.answer, 2, [])
        for number, ticket in enumerate(train)
    ]


@pytest.mark.parametrize(("epochs", "rate", "size"), [(1, 1, 16), (2, 0.1, 16), (2, 1, 1)])
def test_epochs_rate_and_adapter_size_change_what_is_answered_to_tickets(epochs: int, rate: float, size: int) -> None:
    train, unseen = tickets("train")[:200], [*tickets("validation"), *tickets("test")]
    lesser, usual = fitted(train, epochs, rate, size), fitted(train, epochs=2, size=16)
    assert lesser.evaluate(unseen).loss > 1.1 * usual.evaluate(unseen).loss
    assert right(lesser, unseen) < right(usual, unseen) - 0.02


def test_too_many_epochs_on_few_tickets_overfit_in_loss_and_in_answers() -> None:
    validation = tickets("validation")
    model, losses, answered = fitted(hasty(), epochs=0), [], []
    for _ in range(25):
        model.epoch()
        losses.append(model.evaluate(validation).loss)
        answered.append(right(model, validation))
    assert losses[0] > 1.05 * min(losses) < losses[-1] / 1.2, "falls, then rises"
    assert losses.index(min(losses)) < 10
    assert right(model, hasty()) == 1, "wrong labels are learned by heart"
    assert answered[-1] < max(answered) - 0.05
