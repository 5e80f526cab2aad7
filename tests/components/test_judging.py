"""Judges: pairwise in both orders and pointwise, on local Vertex; what they say is kept and can be distrusted."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from components.base_models.facts import BaseModelFacts
from components.errors import RetuneError
from components.evaluation.comparisons import ExtraMetric
from components.evaluation.evaluate import evaluate
from components.evaluation.evaluation import System
from components.evaluation.gate import decide
from components.evaluation.gate_settings import GateSettings
from components.evaluation.judging.judge_answers import judge_answers
from components.evaluation.judging.prompts import read_choice, read_rating, template_of
from components.evaluation.judging.report import JudgeReport
from components.evaluation.judging.settings import JudgeSettings
from components.evaluation.judging.verdicts import Verdict, agreement
from components.evaluation.metrics.own_metric import OwnMetricSettings
from components.evaluation.parts import Parts
from components.evaluation.requests import TestExample, load_test_examples
from components.evaluation.rows import Row
from components.evaluation.settings import EvaluationSettings
from components.step import Step
from pipelines.catalogue import catalogue
from tests.components.stand_ins import Faults

SENTENCES = ["the card has been sent and will arrive on monday", "please unblock the pin in the app under settings"]
RUBRIC = "You judge answers of a bank's {support}. A good answer says what the reference answer says."
PAIRWISE = JudgeSettings(kind="pairwise", rubric=RUBRIC, samples=2)
POINTWISE = JudgeSettings(kind="pointwise", rubric=RUBRIC, samples=3)
ROWS = 60


def examples() -> list[TestExample]:
    lines = []
    for number in range(ROWS):
        turns = [("user", f"ticket {number}"), ("model", f"{SENTENCES[number % 2]} {number}")]
        contents = [{"role": role, "parts": [{"text": text}]} for role, text in turns]
        lines.append(json.dumps({"contents": contents}).encode())
    return load_test_examples(lines, seed=1)


def rows(wanted: list[TestExample], answer: Any) -> list[Row]:
    made = []
    for number, one in enumerate(wanted):
        text = answer(number, one.reference)
        error = "" if text else "empty answer, finish reason SAFETY"
        made.append(Row(one.example_id, one.request_hash, one.reference, text, "STOP", error, 9, 3, 40.0, 1))
    return made


def answers(wanted: list[TestExample]) -> list[tuple[System, list[Row]]]:
    """A base that says little of what is wanted, a candidate that says all of it but on five rows."""
    return [
        (System("base", "base", "b"), rows(wanted, lambda number, text: "I do not know about that at all")),
        (
            System("candidate", "good", "g", fingerprint="good"),
            rows(wanted, lambda number, text: "" if number < 5 else text),
        ),
    ]


def judged(step: Step, **judges: JudgeSettings) -> tuple[list[ExtraMetric], list[JudgeReport]]:
    wanted = examples()
    known: dict[str, BaseModelFacts] = catalogue({})
    settings = EvaluationSettings(judges=judges, attempts=3, judge_requests_per_minute=60_000)
    cloud, root = step.cloud, f"{step.root}/verdicts"
    return judge_answers(
        cloud.project, cloud.location, step.storage, root, known, wanted, answers(wanted), settings, lambda line: None
    )


def test_a_pairwise_judge_is_asked_in_both_orders_and_its_preferences_decide(step: Step) -> None:
    [metric], [report] = judged(step, better=PAIRWISE)
    preferred = metric.preferences["good", "base"]
    # Without an answer the candidate loses, and nobody needs to be asked.
    assert (preferred[:5] == 0).all()
    assert (preferred[5:] == 1).all()
    assert metric.name == report.name == "judge:better"
    assert report.questions == 2 * (ROWS - 5)
    assert report.unjudged == 0
    assert report.order_agreement == 1.0
    assert report.first_preferred == pytest.approx(0.5)
    assert report.sample_agreement == 1.0
    assert report.cost_usd is not None
    assert 0.001 < report.cost_usd < 1

    wanted = examples()
    record = evaluate(
        wanted,
        answers(wanted),
        EvaluationSettings(resamples=200),
        confidence=0.95,
        dataset_sha256="s",
        extra=[metric],
    )
    comparison = record.comparison("good", "base", "judge:better")
    assert (comparison.wins, comparison.losses) == (ROWS - 5, 5)
    gate = GateSettings(primary_metric="judge:better", length_control=False, min_coverage=0.9, max_slice_drop=None)
    assert decide(record, gate).verdict == "promote"


def test_a_pointwise_judge_rates_every_model(step: Step) -> None:
    [metric], [report] = judged(step, quality=POINTWISE)
    base, good = metric.by_system
    assert (good[:5] == 0).all()
    assert good[5:].mean() > 0.8 > 0.3 > base.mean()
    assert report.questions == ROWS + ROWS - 5
    assert report.order_agreement is None
    assert report.sample_agreement is not None
    assert 0.4 < report.sample_agreement <= 1


def test_verdicts_are_kept_and_not_paid_for_again_even_when_the_judge_is_away(step: Step, faults: Faults) -> None:
    first, _ = judged(step, quality=POINTWISE)
    faults.add(path=":evaluateInstances", action="status", status=503)
    again, _ = judged(step, quality=POINTWISE)
    assert [list(scores) for scores in again[0].by_system] == [list(scores) for scores in first[0].by_system]
    with pytest.raises(RetuneError, match=r"EVAL-JUDGE.*quality.*503"):
        judged(step, quality=POINTWISE.model_copy(update={"samples": 1}))


def test_a_judge_that_fails_in_the_middle_keeps_what_it_said(step: Step, faults: Faults) -> None:
    faults.add(path=":evaluateInstances", action="empty_answer", rate=0.3)
    [metric], [report] = judged(step, better=PAIRWISE)
    unjudged = np.isnan(metric.preferences["good", "base"])
    assert 0 < report.unjudged < report.questions
    assert unjudged.sum() >= report.unjudged / 2
    faults.clear()
    [metric], [report] = judged(step, better=PAIRWISE)
    assert report.unjudged == 0
    root = f"{step.root}/verdicts/{report.identity[:16]}"
    assert sum(bool(one.scores) for one in Parts(step.storage, root, Verdict).read()) == report.questions


def test_another_model_or_rubric_is_another_judge(step: Step) -> None:
    names = {"a": PAIRWISE, "b": PAIRWISE.model_copy(update={"model": "gemini-2.5-pro"})}
    _, reports = judged(step, **names, c=PAIRWISE.model_copy(update={"rubric": "Be strict."}))
    assert len({report.identity for report in reports}) == 3


PROMPT = 'Does {answer} answer {prompt} like {reference}? Mind {"json": 1}. Think of the tone.'


def scored(step: Step, **own: OwnMetricSettings) -> tuple[list[ExtraMetric], list[JudgeReport]]:
    settings = EvaluationSettings(own_metrics=own, attempts=3, judge_requests_per_minute=60_000)
    wanted, cloud, root = examples(), step.cloud, f"{step.root}/verdicts"
    return judge_answers(
        cloud.project, cloud.location, step.storage, root, catalogue({}), wanted, answers(wanted), settings, print
    )


def test_a_metric_that_is_a_prompt_scores_every_answer_once_and_can_decide(step: Step, faults: Faults) -> None:
    [metric], [report] = scored(step, tone=OwnMetricSettings(prompt=PROMPT))
    assert metric.name == report.name == "own:tone"
    base, good = metric.by_system
    assert set(base) | set(good) == {0.0, 1.0}
    assert good[5:].mean() > 0.9 > 0.3 > base.mean()
    assert (report.questions, report.samples, report.unjudged) == (ROWS + ROWS - 5, 1, 0)
    assert report.cost_usd is not None

    wanted = examples()
    record = evaluate(
        wanted, answers(wanted), EvaluationSettings(resamples=200), confidence=0.95, dataset_sha256="s", extra=[metric]
    )
    assert record.systems[1].metrics["own:tone"].mean > 0.8
    gate = GateSettings(primary_metric="own:tone", length_control=False, min_coverage=0.9, max_slice_drop=None)
    assert decide(record, gate).verdict == "promote"
    # Kept: the same question costs nothing, whatever has become of the service.
    faults.add(path=":evaluateInstances", action="status", status=503)
    scored(step, tone=OwnMetricSettings(prompt=PROMPT))
    with pytest.raises(RetuneError, match=r"EVAL-JUDGE.*own:strict has no scores.*503.*own_metrics.strict"):
        scored(step, strict=OwnMetricSettings(prompt=PROMPT + " Be strict."))


def test_words_that_are_no_score_leave_the_row_open_and_are_counted(step: Step, faults: Faults) -> None:
    faults.add(path=":evaluateInstances", action="empty_answer", rate=0.3)
    [metric], [report] = scored(step, tone=OwnMetricSettings(prompt=PROMPT))
    open_rows = sum(int(np.isnan(scores).sum()) for scores in metric.by_system)
    assert 0 < report.unjudged <= open_rows < report.questions


def test_less_of_a_prompts_score_can_be_better(step: Step) -> None:
    metric = scored(step, rude=OwnMetricSettings(prompt=PROMPT, better="lower"))[0][0]
    wanted = examples()
    settings = EvaluationSettings(resamples=200, own_metrics={"rude": OwnMetricSettings(prompt=PROMPT, better="lower")})
    record = evaluate(wanted, answers(wanted), settings, confidence=0.95, dataset_sha256="s", extra=[metric])
    comparison = record.comparison("good", "base", "own:rude")
    assert comparison.better == "lower"
    assert comparison.improvement.high < 0
    gate = GateSettings(primary_metric="own:rude", min_coverage=0.9, max_slice_drop=None)
    assert decide(record, gate).verdict == "hold"


def test_words_of_a_judge_are_read_or_refused() -> None:
    assert read_rating('```json\n{"explanation": "I gave \\"score\\": 1", "score": 4}\n```') == 0.75
    assert read_rating('{"score": 9}') is None
    assert read_rating("very good") is None
    assert read_choice('{"explanation": "...", "pairwise_choice": "B"}') == 0.0
    assert read_choice('{"choice": "tie"}') == 0.5
    assert read_choice('{"choice": "both"}') is None
    assert agreement([Verdict("k", [1, 1, 0, 0.5], ""), Verdict("l", [0.5, 0.5], ""), Verdict("m", [], "x")]) == 0.75
    assert agreement([Verdict("k", [1], "")]) is None


def test_braces_of_a_rubric_are_no_fields() -> None:
    assert "(support)" in template_of(PAIRWISE)
    shown = template_of(PAIRWISE.model_copy(update={"show_reference": False}))
    assert "{reference}" not in shown
    assert shown.index("{response_a}") < shown.index("{response_b}")
