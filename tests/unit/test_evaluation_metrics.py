from __future__ import annotations

import json
import random
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import confusion_matrix, f1_score, precision_recall_fscore_support

from components.evaluation.metrics.case import Case
from components.evaluation.metrics.catalogue import METRICS, score_rows
from components.evaluation.metrics.classes import class_table, f1_statistic
from components.evaluation.metrics.json_fields import reference_fields
from components.evaluation.metrics.matches import normalize, parse_object
from components.evaluation.metrics.set_metrics import score_sets
from components.evaluation.metrics.task_kind import TaskKind, detect_task_kind
from components.evaluation.metrics.words import rouge_l, rouge_n, token_f1
from components.evaluation.statistics.bootstrap import bca, bootstrap
from components.evaluation.statistics.interval import Scores
from components.gcp.answers import calls_text


def scores_of(kind: TaskKind, references: list[str], answers: Sequence[str | None]) -> dict[str, Scores]:
    return score_rows(kind, [Case(reference, answer) for reference, answer in zip(references, answers, strict=True)])


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
        (['{"name": "f", "args": {"a": 1}}', '[{"name": "f"}, {"name": "g"}]'], "function_call"),
        (['{"functionCall": {"name": "f", "args": {}}}'], "function_call"),
        (['{"name": "Ada", "age": 36}'], "structured"),
        (["[]"], "text"),
    ],
)
def test_task_kind_is_read_off_the_references(references: list[str], kind: str) -> None:
    assert detect_task_kind(references) == kind


def test_a_missing_answer_scores_zero_where_higher_is_better_and_keeps_its_place() -> None:
    better = {metric.name: metric.better for metric in METRICS}
    for kind, reference in (
        ("label", "a"),
        ("text", "some words"),
        ("structured", '{"a": 1}'),
        ("function_call", '{"name": "f"}'),
    ):
        scores = scores_of(kind, [reference] * 3, [reference, None, reference])  # type: ignore[arg-type]
        assert scores
        for name, values in scores.items():
            if better.get(name) != "lower":
                assert values.tolist() == [1.0, 0.0, 1.0], name
        assert scores["empty"].tolist() == [0.0, 1.0, 0.0]


def test_exact_match_is_strict_and_normalized_match_is_not() -> None:
    scores = scores_of("label", ["Straße 1", "a", "a"], ["STRASSE   1\n", "a", ""])
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
    scores = scores_of("structured", [reference] * 5, answers)
    assert scores["json_valid"].tolist() == [1, 1, 0, 1, 0]
    assert scores["json_match"].tolist() == [1, 0, 0, 0, 0]
    assert scores["field:category"].tolist() == [1, 0, 0, 1, 0]
    assert scores["field:count"].tolist() == [1, 1, 0, 1, 0]
    assert scores["field:urgent"].tolist() == [1, 0, 0, 1, 0]


def test_a_field_that_neither_has_is_a_match_and_one_too_many_is_not() -> None:
    references = ['{"a": 1}', '{"a": 1, "b": 2}', '{"a": 1}']
    scores = scores_of("structured", references, ['{"a": 1}', '{"a": 1}', '{"a": 1, "b": null}'])
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


def test_f1_equals_the_reference_implementation() -> None:
    rng = random.Random(5)
    wanted = [rng.choice("aabbbcd") for _ in range(400)]
    answered = [w if rng.random() < 0.7 else rng.choice(["a", "b", "c", "d", "nonsense", None]) for w in wanted]
    [outputs] = bootstrap([f1_statistic(wanted, answered)], resamples=2000, seed=1)
    for output, average in zip(outputs, ("macro", "weighted"), strict=True):
        expected = f1_score(wanted, [a or "" for a in answered], labels=sorted(set(wanted)), average=average)
        assert output.estimate == pytest.approx(expected, abs=1e-12)
    draws = np.random.default_rng(2).integers(0, 400, (300, 400))
    pairs = np.array([(w, a or "") for w, a in zip(wanted, answered, strict=True)])
    by_rows = [f1_score(*pairs[draw].T, labels=list("abcd"), average="macro") for draw in draws]
    [interval] = bca(outputs[0], [0.95], worst=0, best=1)
    assert [interval.low, interval.high] == pytest.approx(np.quantile(by_rows, [0.025, 0.975]), abs=0.012)


def test_classes_and_confusion_equal_the_reference_implementation() -> None:
    rng = random.Random(6)
    wanted = [rng.choice("aabbbcd") for _ in range(300)]
    answered = [w if rng.random() < 0.6 else rng.choice(["a", "b", "d", "nonsense", None]) for w in wanted]
    table = class_table(wanted, answered)
    precision, recall, f1, support = precision_recall_fscore_support(
        wanted, [a or "" for a in answered], labels=list("abcd"), zero_division=0
    )
    assert [one.label for one in table.classes] == list("abcd")
    assert [one.rows for one in table.classes] == support.tolist()
    for name, expected in (("precision", precision), ("recall", recall), ("f1", f1)):
        assert [getattr(one, name) for one in table.classes] == pytest.approx(expected.tolist(), abs=1e-12)
    assert sum(cell.rows for cell in table.confusion) == 300
    known = [a if a in set("abcd") else "" for a in answered]
    matrix = confusion_matrix(wanted, known, labels=["", *"abcd"])
    cells = {(cell.wanted, cell.given or ""): cell.rows for cell in table.confusion}
    labels = ["", *"abcd"]
    assert all(
        matrix[row, column] == cells.get((labels[row], labels[column]), 0) for row in range(5) for column in range(5)
    )


def test_f1_of_structured_answers_covers_the_label_like_fields_only() -> None:
    references = [json.dumps({"category": "ab"[n % 2], "id": str(n), "count": n}) for n in range(20)]
    [sets] = score_sets("structured", [Case(one, one) for one in references])
    assert sets.names == ("macro_f1:category", "weighted_f1:category")
    assert sets.row_metric == "field:category"


def test_function_calls_are_compared_by_name_keys_and_values() -> None:
    reference = calls_text([{"name": "book", "args": {"city": "Rome", "nights": 2}}, {"name": "pay"}])
    answers = [
        '[{"name": "pay", "args": {}}, {"name": "book", "args": {"nights": 2.0, "city": "rome "}}]',
        '[{"name": "book", "args": {"city": "Oslo", "nights": 2}}, {"name": "pay"}]',
        '[{"name": "book", "args": {"city": "Rome"}}, {"name": "pay"}]',
        '{"functionCall": {"name": "book", "args": {"city": "Rome", "nights": 2}}}',
        "I would book a room.",
        '[{"name": "book", "args": {"city": "Rome", "nights": 2}}, {"name": "pay"}, {"name": "pay"}]',
    ]
    scores = scores_of("function_call", [reference] * 6, answers)
    assert scores["call_valid"].tolist() == [1, 1, 1, 1, 0, 1]
    assert scores["call_name"].tolist() == [1, 1, 1, 0, 0, 0]
    assert scores["call_keys"].tolist() == [1, 1, 0, 0, 0, 0]
    assert scores["call_match"].tolist() == [1, 0, 0, 0, 0, 0]
    assert scores["call_arguments"].tolist() == pytest.approx([1, 2 / 3, 2 / 3, 2 / 3, 0, 3 / 4])


def test_an_imperfect_call_does_not_take_the_partner_of_a_perfect_one() -> None:
    reference = '[{"name": "f", "args": {"a": 1}}, {"name": "f", "args": {"a": 2}}]'
    answer = '[{"name": "f", "args": {"a": 2}}, {"name": "f", "args": {"a": 3}}]'
    assert scores_of("function_call", [reference], [answer])["call_arguments"].tolist() == [0.5]


def test_length_refusals_and_empty_answers() -> None:
    cases = [
        Case("four", "four"),
        Case("four", "fourfour"),
        Case("four", "x" * 1000),
        Case("Sorry", "I'm sorry, but I can't help with that."),
        Case("I cannot help with this.", "I cannot help with that."),
        Case("four", "  "),
        Case("four", None, "SAFETY"),
        Case("four", None, "ERROR"),
        Case("four", "Es tut mir leid, aber das geht nicht"),
        Case("four", "Tell him I'm sorry"),
    ]
    scores = score_rows("text", cases)
    assert scores["length_ratio"].tolist()[:3] == [1.0, 2.0, 10.0]
    assert scores["refused"].tolist() == [0, 0, 0, 1, 0, 0, 1, 0, 1, 0]
    assert scores["empty"].tolist() == [0, 0, 0, 0, 0, 1, 1, 1, 0, 0]


def test_rouge_n_by_hand() -> None:
    assert rouge_n("the cat sat down", "the cat sat", 2) == pytest.approx(2 * 2 / 5)
    assert rouge_n("one", "one", 2) == 0.0
    assert rouge_n("Привет мир", "привет, мир!", 1) == 1.0
