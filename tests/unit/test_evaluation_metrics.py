from __future__ import annotations

import json
import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import f1_score

from components.evaluation.macro_f1 import macro_f1_intervals
from components.evaluation.metrics import (
    detect_task_kind,
    normalize,
    parse_object,
    reference_fields,
    rouge_l,
    score_rows,
    token_f1,
)


@pytest.mark.parametrize(
    ("references", "kind"),
    [
        (["billing", "login", "billing", "login"], "label"),
        (["Billing", "billing ", "BILLING", "login"], "label"),
        (["one sentence", "another sentence", "a third", "a fourth"], "text"),
        (["x" * 61] * 10, "text"),
        (['{"category": "a"}', '{"category": "b"}'], "structured"),
        (['{"category": "a"}', "[1, 2]", "billing", "billing"], "text"),
        (["yes"], "text"),
    ],
)
def test_task_kind_is_read_off_the_references(references: list[str], kind: str) -> None:
    assert detect_task_kind(references) == kind


def test_a_missing_answer_scores_zero_on_every_metric_and_keeps_its_place() -> None:
    for kind, reference in (("label", "a"), ("text", "some words"), ("structured", '{"a": 1}')):
        scores = score_rows(kind, [reference] * 3, [reference, None, reference])  # type: ignore[arg-type]
        assert scores
        for values in scores.values():
            assert values.tolist() == [1.0, 0.0, 1.0]


def test_exact_match_is_strict_and_normalized_match_is_not() -> None:
    scores = score_rows("label", ["Straße 1", "a", "a"], ["STRASSE   1\n", "a", ""])
    assert scores["exact_match"].tolist() == [0.0, 1.0, 0.0]
    assert scores["normalized_match"].tolist() == [1.0, 1.0, 0.0]


def test_structured_answers_are_compared_field_by_field() -> None:
    reference = '{"category":"billing","count":1,"urgent":true}'
    answers = [
        '{"urgent": true, "count": 1.0, "category": " Billing"}',
        '{"category":"login","count":1,"urgent":1}',
        "```json\n" + reference + "\n```",
        '{"category":"billing","count":1,"urgent":true,"extra":null}',
        "[" * 200_000,
    ]
    scores = score_rows("structured", [reference] * 5, answers)
    assert scores["json_valid"].tolist() == [1, 1, 0, 1, 0]
    assert scores["json_match"].tolist() == [1, 0, 0, 0, 0]
    assert scores["field:category"].tolist() == [1, 0, 0, 1, 0]
    assert scores["field:count"].tolist() == [1, 1, 0, 1, 0]
    assert scores["field:urgent"].tolist() == [1, 0, 0, 1, 0]


def test_a_field_that_neither_has_is_a_match_and_one_too_many_is_not() -> None:
    references = ['{"a": 1}', '{"a": 1, "b": 2}', '{"a": 1}']
    scores = score_rows("structured", references, ['{"a": 1}', '{"a": 1}', '{"a": 1, "b": null}'])
    assert scores["field:b"].tolist() == [1, 0, 0]


def test_only_the_twenty_most_frequent_fields_are_scored() -> None:
    references = [json.dumps({"common": 1, f"rare{number:03d}": 1}) for number in range(100)]
    fields = reference_fields(references)
    assert len(fields) == 20
    assert "common" in fields


def test_token_f1_and_rouge_l_by_hand() -> None:
    assert token_f1("the cat sat", "The cat, the cat") == pytest.approx(2 * 2 / 7)
    assert rouge_l("a b c d", "b a c d e") == pytest.approx(2 * 3 / 9)
    assert token_f1("日本語", "日本") == pytest.approx(0.8)
    assert token_f1("...", "...") == 1.0
    assert token_f1("...", "!") == 0.0


def _longest_common_subsequence(left: list[str], right: list[str]) -> int:
    row = [0] * (len(right) + 1)
    for token in left:
        previous = row[:]
        for index, other in enumerate(right):
            row[index + 1] = previous[index] + 1 if token == other else max(previous[index + 1], row[index])
    return row[-1]


@given(st.lists(st.sampled_from("abcd"), min_size=1), st.lists(st.sampled_from("abcd"), min_size=1))
def test_rouge_l_equals_the_textbook_recurrence(wanted: list[str], answered: list[str]) -> None:
    expected = 2 * _longest_common_subsequence(wanted, answered) / (len(wanted) + len(answered))
    assert rouge_l(" ".join(wanted), " ".join(answered)) == pytest.approx(expected, abs=1e-12)


@given(st.text(), st.text())
def test_scores_stay_between_zero_and_one_and_equal_texts_score_one(reference: str, answer: str) -> None:
    for metric in (token_f1, rouge_l):
        assert 0.0 <= metric(reference, answer) <= 1.0
        assert metric(reference, reference) == 1.0
    assert normalize(normalize(reference)) == normalize(normalize(normalize(reference)))
    parse_object(answer)


def test_macro_f1_equals_the_reference_implementation() -> None:
    rng = random.Random(5)
    wanted = [rng.choice("aabbbcd") for _ in range(400)]
    answered = [w if rng.random() < 0.7 else rng.choice(["a", "b", "c", "d", "nonsense", None]) for w in wanted]
    interval = macro_f1_intervals("label", wanted, answered, confidence=0.95, resamples=2000, seed=1)["macro_f1"]
    expected = f1_score(wanted, [a or "" for a in answered], labels=sorted(set(wanted)), average="macro")
    assert interval.mean == pytest.approx(expected, abs=1e-12)

    draws = np.random.default_rng(2).integers(0, 400, (300, 400))
    pairs = np.array([(w, a or "") for w, a in zip(wanted, answered, strict=True)])
    by_rows = [f1_score(*pairs[draw].T, labels=list("abcd"), average="macro") for draw in draws]
    assert [interval.low, interval.high] == pytest.approx(np.quantile(by_rows, [0.025, 0.975]), abs=0.012)


def test_macro_f1_of_structured_answers_covers_the_label_like_fields_only() -> None:
    references = [json.dumps({"category": "ab"[n % 2], "id": str(n), "count": n}) for n in range(20)]
    names = macro_f1_intervals("structured", references, references, confidence=0.95, resamples=100, seed=1)
    assert list(names) == ["macro_f1:category"]
    assert names["macro_f1:category"].mean == 1.0
