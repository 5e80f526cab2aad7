from __future__ import annotations

import pytest
from pydantic import ValidationError

from components.errors import RetuneError
from components.evaluation.answer_format import require_same_format
from components.evaluation.metrics.case import Case
from components.evaluation.metrics.own_metric import OwnMetricSettings, score_own_metric
from components.evaluation.metrics.prompt_metric import read_score, template_of_prompt
from components.evaluation.settings import EvaluationSettings

HERE = "tests.unit.test_own_metrics"
CASES = [Case("abc", "ab", prompt="q", example_id="0000001-ab"), Case("abc", None), Case("abc", "abcd")]


def first_letter(reference: str, answer: str) -> bool:
    return reference[0] == answer[0]


def length_of_prompt(reference: str, answer: str, prompt: str) -> float:
    return len(prompt) / 2


def broken(reference: str, answer: str) -> float:
    raise KeyError(answer)


def too_much(reference: str, answer: str) -> float:
    return 1.5


def test_a_function_scores_every_answered_row() -> None:
    assert score_own_metric("a", f"{HERE}:first_letter", CASES).tolist() == [1, 0, 1]
    assert score_own_metric("a", f"{HERE}:length_of_prompt", CASES).tolist() == [0.5, 0, 0]


@pytest.mark.parametrize(
    ("place", "code", "said"),
    [
        ("no_such_package:score", "EVAL-METRIC-IMPORT", "ModuleNotFoundError"),
        (f"{HERE}:no_such_function", "EVAL-METRIC-IMPORT", "AttributeError"),
        (f"{HERE}:HERE", "EVAL-METRIC-IMPORT", "no function"),
        (f"{HERE}:broken", "EVAL-METRIC-FAILED", "raised KeyError"),
        (f"{HERE}:too_much", "EVAL-METRIC-FAILED", "returned 1.5"),
    ],
)
def test_what_is_wrong_with_a_function_is_said_without_the_text(place: str, code: str, said: str) -> None:
    with pytest.raises(RetuneError, match=code) as caught:
        score_own_metric("mine", place, CASES)
    assert said in caught.value.message
    assert "abc" not in str(caught.value)
    if code == "EVAL-METRIC-FAILED":
        assert caught.value.where == "example 0000001-ab"


def test_a_place_that_is_none_and_an_unknown_metric_are_refused_in_the_configuration() -> None:
    with pytest.raises(ValidationError):
        OwnMetricSettings(python="os.system('x')")
    with pytest.raises(ValidationError, match="there is no metric 'rogue_l'"):
        EvaluationSettings(metrics=("rogue_l",))


@pytest.mark.parametrize(
    ("output", "score"),
    [
        ('{"score": 0.25}', 0.25),
        ('```json\n{"score": 1, "why": "polite"}\n```', 1.0),
        (" 0 ", 0.0),
        ('{"score": 1.01}', None),
        ('{"score": true}', None),
        ('{"score": "0.5"}', None),
        ('{"score": NaN}', None),
        ("I would say 0.5", None),
        ('{"score": 0.5} {"score": 0.6}', None),
        ("[" * 100_000, None),
        ("", None),
    ],
)
def test_a_models_words_are_a_score_or_none(output: str, score: float | None) -> None:
    assert read_score(output) == score


def test_a_metric_is_a_function_or_a_prompt_that_shows_the_answer() -> None:
    prompt = 'Is {answer} polite? JSON like {"a": {}} is text.'
    assert OwnMetricSettings(prompt=prompt).model == "gemini-2.5-flash"
    shown = template_of_prompt(prompt)
    assert shown.startswith('Is {response} polite? JSON like {"a": {}} is text.')
    for wrong in ({}, {"prompt": prompt, "python": "a:b"}, {"prompt": "polite?"}, {"prompt": "{answer} {tone}"}):
        with pytest.raises(ValidationError):
            OwnMetricSettings(**wrong)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("kind", "reference", "answer"),
    [
        ("label", "refund", "The customer wants their money back."),
        ("structured", '{"team": "billing"}', "team: billing"),
        ("function_call", '[{"name": "f", "args": {}}]', "I would call f."),
        ("text", "The customer wants their money back.", '{"summary": "wants money back"}'),
    ],
)
def test_references_in_another_form_than_all_answers_are_refused(kind: str, reference: str, answer: str) -> None:
    wrong = [[Case(reference, answer)] * 15, [Case(reference, answer)] * 15]
    with pytest.raises(RetuneError, match="EVAL-FORMAT") as caught:
        require_same_format(kind, wrong)  # type: ignore[arg-type]
    assert answer not in caught.value.message
    require_same_format(kind, [*wrong, [Case(reference, reference)]])  # type: ignore[arg-type]
    require_same_format(kind, [[Case(reference, answer)] * 19])  # type: ignore[arg-type]
    require_same_format(kind, [[Case(reference, None)] * 50])  # type: ignore[arg-type]
