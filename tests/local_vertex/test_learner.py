"""The learner learns what the examples teach, the same every time, and nothing from the test set."""

from __future__ import annotations

import json
import random
import time
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local_vertex.learner.answers import find_format
from local_vertex.learner.epochs import exported_epochs
from local_vertex.learner.examples import Example, Question, TuningError, read_examples
from local_vertex.learner.learner import Hyperparameters, Learner
from local_vertex.learner.ngrams import count_ngrams
from local_vertex.learner.options import read_options
from local_vertex.learner.tuning import load_learner, start_learner
from local_vertex.learner.untuned import Untuned

BANKING77 = Path(__file__).resolve().parents[3] / "shared" / "data" / "banking77"
COLOURS = {"red": "cherry tomato strawberry", "green": "lime cucumber pea", "blue": "sky ocean denim"}


def made(question: str, answer: str, instruction: str = "") -> Example:
    return Example(Question(question, instruction), answer, 2, [])


def colours() -> list[Example]:
    return [
        made(f"a {word} {n}", colour) for colour, words in COLOURS.items() for word in words.split() for n in range(4)
    ]


def fitted(
    examples: Sequence[Example], epochs: int = 3, rate: float = 1.0, size: int = 4, earlier: Path | None = None
) -> Learner:
    learner = start_learner(examples, Hyperparameters(rate, size, seed=7), earlier)
    for _ in range(epochs):
        learner.epoch()
    return learner


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


def test_free_text_is_answered_with_the_most_similar_example(tmp_path: Path) -> None:
    examples = [
        made(f"how do I reset the {thing}", f"Open {thing} and press reset.") for thing in ("router", "phone", "oven")
    ]
    learner = fitted(examples)
    learner.save(tmp_path / "1.npz")
    loaded = load_learner(tmp_path / "1.npz")
    assert loaded.answer(Question("my phone needs a reset")).text == "Open phone and press reset."
    # Every other example has another answer, and an example must not find itself.
    assert learner.epoch().accuracy == 0
    assert learner.evaluate(examples).accuracy == 1


def test_retrieval_becomes_surer_where_near_examples_agree() -> None:
    pairs = [
        made(f"{word} {extra}", f"All about {word}.")
        for word in (f"topic{n}" for n in range(40))
        for extra in ("x9", "y7", "")
    ]
    # Three examples share each answer: too many answers for choices, and neighbours that are right.
    learner = fitted([*pairs, *(made(f"filler{n}", f"Filler {n}.") for n in range(120))], epochs=0)
    first = learner.epoch().loss
    assert learner.epoch().loss < first


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


@given(st.lists(st.text(max_size=20), min_size=1, max_size=6))
def test_any_answers_survive_being_taken_apart(answers: list[str]) -> None:
    found = find_format(answers)
    for answer in answers:
        slots = found.slots(answer)
        assert slots is not None
        if not found.keys:
            assert found.render(slots) == answer


def test_long_examples_are_dropped_up_to_a_tenth(tmp_path: Path) -> None:
    short = {"contents": [{"role": "user", "parts": [{"text": "q"}]}, {"role": "model", "parts": [{"text": "a"}]}]}
    long = {"contents": [{"role": "user", "parts": [{"text": "q" * 524_289}]}, short["contents"][1]]}
    file = tmp_path / "train.jsonl"
    file.write_text("\n".join(json.dumps(line) for line in [short] * 4 + [long] + [short] * 5))
    examples = read_examples(file)
    assert (len(examples.kept), examples.dropped) == (9, [5])
    assert "131072" in examples.reasons[0]
    file.write_text("\n".join(json.dumps(line) for line in [short] * 8 + [long]))
    with pytest.raises(TuningError, match="1 of 9 examples were dropped"):
        read_examples(file)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("{", "line 2"),
        ("[" * 100_000, "line 2"),
        ("[]", "not a JSON object"),
        ("", "line 2"),
        ('{"contents": [{"role": "user", "parts": [{"text": "q"}]}]}', "at least a user turn"),
        ('{"contents": [{"parts": []}, {"parts": [{"text": "a"}]}]}', "list of parts"),
        ('{"contents": [{"role": "assistant", "parts": [{"text": "q"}]}, {"parts": [{"text": "a"}]}]}', "Invalid role"),
        (
            '{"contents": [{"role": "model", "parts": [{"text": "q"}]}, {"role": "model", "parts": [{"text": "a"}]}]}',
            "consecutive_turns",
        ),
        (
            '{"contents": [{"role": "user", "parts": [{"text": "q"}]}, {"role": "user", "parts": [{"text": "a"}]}]}',
            "last turn",
        ),
        (
            '{"contents": [{"parts": [{"text": "q"}]}, {"parts": [{"functionCall": {"name": "f"}}]}]}',
            "text answers only",
        ),
    ],
)
def test_a_malformed_line_is_named(tmp_path: Path, line: str, reason: str) -> None:
    good = '{"contents": [{"role": "user", "parts": [{"text": "q"}]}, {"role": "model", "parts": [{"text": "a"}]}]}'
    (tmp_path / "train.jsonl").write_text(f"{good}\n{line}\n{good}\n")
    with pytest.raises(TuningError, match="line 2") as caught:
        read_examples(tmp_path / "train.jsonl")
    assert reason in caught.value.message


def test_checkpoints_are_at_most_ten_and_end_with_the_last_epoch() -> None:
    assert exported_epochs(3, last_only=False) == [1, 2, 3]
    assert exported_epochs(25, last_only=False) == [3, 5, 8, 10, 13, 15, 18, 20, 23, 25]
    assert exported_epochs(25, last_only=True) == [25]


@pytest.mark.parametrize(
    ("instruction", "texts", "keys"),
    [
        ("Choose:\n- red\n- green\n- blue", ("red", "green", "blue"), ()),
        ("Answer with one of: red, green, or blue.", ("red", "green", "blue"), ()),
        (
            'Reply in JSON: {"colour": "red|green", "urgent": "true|false"}',
            (),
            (("colour", ("red", "green")), ("urgent", ("true", "false"))),
        ),
        (
            "JSON keys:\n- colour: one of red, green\n- size: 1, 2",
            (),
            (("colour", ("red", "green")), ("size", ("1", "2"))),
        ),
        ("You are a helpful assistant.", (), ()),
    ],
)
def test_options_are_read_from_the_instruction(
    instruction: str, texts: tuple[str, ...], keys: tuple[tuple[str, tuple[str, ...]], ...]
) -> None:
    found = read_options(instruction)
    assert (found.texts, found.keys) == (texts, keys)


def test_the_untuned_model_picks_the_option_with_the_users_words() -> None:
    listed = "Name the intent:\ncancel_order\ntrack_parcel\nchange_address"
    assert Untuned().answer(Question("where can I track my parcels", listed)).text == "track_parcel"
    keyed = 'JSON: {"intent": "cancel|track", "urgent": "true|false"}'
    assert json.loads(Untuned().answer(Question("tracking, true", keyed)).text) == {"intent": "track", "urgent": True}
    assert Untuned().answer(Question("hello", "")).text


@given(st.text(max_size=300), st.text(max_size=300))
def test_the_untuned_model_answers_anything(instruction: str, question: str) -> None:
    assert isinstance(Untuned().answer(Question(question, instruction)).text, str)


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
    answers = [example.answer for example in train]
    random.Random(1).shuffle(answers)
    shuffled = [Example(example.question, answer, 2, []) for example, answer in zip(train, answers, strict=True)]
    assert fitted(shuffled, epochs=2).evaluate(test).accuracy < 0.05


def test_ngrams_are_words_pairs_of_them_and_runs_of_characters_within_a_word() -> None:
    buckets = 1 << 20
    rows = count_ngrams(["Ab c", "c", "", "ab  C!", "\ud800 \U0001f600"], buckets)
    words, runs = rows[:, :buckets].toarray(), rows[:, buckets:].toarray()
    assert words.sum(axis=1).tolist() == [3, 1, 0, 3, 0]
    assert (words[0] == words[3]).all(), "ab, c and ab c; punctuation is no word"
    # " a" "ab" "b " " ab" "ab " " ab " and " c" "c " " c "
    assert runs.sum(axis=1).tolist() == [9, 3, 0, 12, 6]
    assert (runs[0] - runs[1]).min() == 0
    assert runs[0] @ runs[1] == 3
    assert count_ngrams([], 8).shape == (0, 16)
    many = ["Ab c", "c"] * 400
    assert (count_ngrams(many, buckets)[-2:] != rows[:2]).nnz == 0
