"""Training files, the form of their answers, and the n-grams of their questions."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local_vertex.learner.answers import find_format
from local_vertex.learner.epochs import exported_epochs
from local_vertex.learner.examples import Question, TuningError, read_examples
from local_vertex.learner.features import Features
from local_vertex.learner.ngrams import count_ngrams


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


@given(st.text(max_size=80), st.sampled_from([("", ""), ("Read this.", "Or that.")]))
def test_one_question_has_the_features_that_it_has_among_others(text: str, instructions: tuple[str, str]) -> None:
    questions = [Question("some ab words", instructions[0]), Question(f"ab {text}", instructions[1])]
    features = Features.learn(questions, 1)
    rows, row = features.rows(questions)[1].toarray()[0], features.row(questions[1])
    assert rows[row.columns] == pytest.approx(row.values, rel=1e-5)
    assert (rows != 0).sum() == len(row.columns)
