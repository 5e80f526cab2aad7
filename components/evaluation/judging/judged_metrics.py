"""What judges say as metrics of every row, beside all the others."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import msgspec
import numpy as np

from components.evaluation.comparisons import ExtraMetric
from components.evaluation.evaluation import System
from components.evaluation.judging.asked_model import AskedModel
from components.evaluation.judging.report import JudgeReport
from components.evaluation.judging.verdicts import Question, Verdict, agreement
from components.evaluation.opponents import answer_text, clear_preference, duels
from components.evaluation.requests import TestExample
from components.evaluation.rows import Row
from components.evaluation.statistics.interval import Scores
from components.gcp.judge import FIRST, SECOND

OUTPUT_TOKENS = 60
"""What a verdict with one sentence is about."""
CHARACTERS_PER_TOKEN = 4

AskJudge = Callable[[Sequence[Question]], Mapping[str, Verdict]]
JudgePrice = tuple[float, float]


@dataclass(frozen=True)
class _Pair:
    """One candidate and one baseline, row by row: questions in both orders, or what is clear without a judge."""

    shown_first: list[Question | None]
    shown_second: list[Question | None]
    clear: Scores


def judged_metric(
    judge: AskedModel,
    examples: Sequence[TestExample],
    answers: Sequence[tuple[System, Sequence[Row | None]]],
    ask: AskJudge,
    price: JudgePrice | None,
) -> tuple[ExtraMetric, JudgeReport]:
    """The judge's scores, in the order of systems and examples, and how far they can be trusted.

    A row without an answer scores 0, and loses against one with an answer; equal answers are a tie. None of these is
    put to the judge.

    Args:
        judge: The judge.
        examples: The test set.
        answers: Every system with its rows, joined to the examples.
        ask: Puts questions to the judge.
        price: US dollars per million tokens of input and output of the judge's model.
    """
    if judge.kind == "pointwise":
        asked = [_questions(judge, examples, rows) for _, rows in answers]
        verdicts = ask([one for questions in asked for one in questions if one])
        extra = ExtraMetric(judge.metric, by_system=[_ratings(questions, verdicts) for questions in asked])
        return extra, _report(judge, [one for questions in asked for one in questions], verdicts, price)
    pairs = {
        (system.fingerprint, against): _pair(judge, examples, ours, theirs)
        for system, against, ours, theirs in duels(answers)
    }
    both = [one for pair in pairs.values() for one in (*pair.shown_first, *pair.shown_second)]
    verdicts = ask([one for one in both if one])
    extra = ExtraMetric(judge.metric, preferences={key: _preferences(pair, verdicts) for key, pair in pairs.items()})
    report = _report(judge, both, verdicts, price)
    return extra, msgspec.structs.replace(
        report,
        order_agreement=_order_agreement(list(pairs.values()), verdicts),
        first_preferred=_first_preferred([one for one in both if one], verdicts),
    )


def _fields(judge: AskedModel, example: TestExample) -> dict[str, str]:
    instruction = str(example.request.get("systemInstruction", ""))
    prompt = f"{instruction}\n\n{example.prompt_text()}" if instruction else example.prompt_text()
    return {"prompt": prompt} | ({"reference": example.reference} if judge.sees_reference else {})


def _questions(judge: AskedModel, examples: Sequence[TestExample], rows: Sequence[Row | None]) -> list[Question | None]:
    texts = map(answer_text, rows)
    return [
        None if text is None else Question({**_fields(judge, example), "response": text})
        for example, text in zip(examples, texts, strict=True)
    ]


def _ratings(questions: Sequence[Question | None], verdicts: Mapping[str, Verdict]) -> Scores:
    return np.array([0.0 if one is None else _mean(verdicts[one.key]) for one in questions])


def _mean(verdict: Verdict) -> float:
    return sum(verdict.scores) / len(verdict.scores) if verdict.scores else math.nan


def _pair(
    judge: AskedModel,
    examples: Sequence[TestExample],
    ours: Sequence[Row | None],
    theirs: Sequence[Row | None],
) -> _Pair:
    clear = np.full(len(examples), np.nan)
    first: list[Question | None] = []
    second: list[Question | None] = []
    for number, example in enumerate(examples):
        our, their = answer_text(ours[number]), answer_text(theirs[number])
        known = clear_preference(our, their)
        if known is not None or our is None or their is None:
            clear[number] = known
            first.append(None)
            second.append(None)
            continue
        fields = _fields(judge, example)
        first.append(Question({**fields, FIRST: our, SECOND: their}))
        second.append(Question({**fields, FIRST: their, SECOND: our}))
    return _Pair(first, second, clear)


def _preferences(pair: _Pair, verdicts: Mapping[str, Verdict]) -> Scores:
    """How far the candidate is preferred, both orders weighing the same; not a number unless both were judged."""
    scores = pair.clear.copy()
    for number, (first, second) in enumerate(zip(pair.shown_first, pair.shown_second, strict=True)):
        if first and second:
            scores[number] = (_mean(verdicts[first.key]) + 1 - _mean(verdicts[second.key])) / 2
    return scores


def _order_agreement(pairs: Sequence[_Pair], verdicts: Mapping[str, Verdict]) -> float | None:
    same = [
        _side(_mean(verdicts[first.key])) == -_side(_mean(verdicts[second.key]))
        for pair in pairs
        for first, second in zip(pair.shown_first, pair.shown_second, strict=True)
        if first and second and verdicts[first.key].scores and verdicts[second.key].scores
    ]
    return sum(same) / len(same) if same else None


def _side(preference: float) -> int:
    return (preference > 0.5) - (preference < 0.5)


def _first_preferred(questions: Sequence[Question], verdicts: Mapping[str, Verdict]) -> float | None:
    decided = [score for one in questions for score in verdicts[one.key].scores if score != 0.5]
    return sum(decided) / len(decided) if decided else None


def _report(
    judge: AskedModel,
    questions: Sequence[Question | None],
    verdicts: Mapping[str, Verdict],
    price: JudgePrice | None,
) -> JudgeReport:
    asked = [one for one in questions if one]
    given = [verdicts[one.key] for one in asked]
    return JudgeReport(
        name=judge.metric,
        kind=judge.kind,
        model=judge.model,
        samples=judge.samples,
        identity=judge.identity,
        questions=len(asked),
        unjudged=sum(not one.scores for one in given),
        sample_agreement=agreement(given),
        order_agreement=None,
        first_preferred=None,
        cost_usd=_cost(judge, asked, price),
    )


def _cost(judge: AskedModel, questions: Sequence[Question], price: JudgePrice | None) -> float | None:
    """The service does not say how many tokens a verdict took: estimated from the texts, each question once."""
    if price is None:
        return None
    template = len(judge.template)
    distinct = {one.key: sum(map(len, one.fields.values())) for one in questions}
    tokens = sum(template + size for size in distinct.values()) / CHARACTERS_PER_TOKEN
    return judge.samples * (tokens * price[0] + len(distinct) * OUTPUT_TOKENS * price[1]) / 1e6
