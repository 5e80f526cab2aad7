"""Has all configured judges, and metrics that are prompts, look at the answers of an evaluation."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial

from components.base_models.facts import BaseModelFacts
from components.evaluation.comparisons import ExtraMetric
from components.evaluation.evaluation import System
from components.evaluation.judging.asked_model import asked_models
from components.evaluation.judging.judged_metrics import JudgePrice, judged_metric
from components.evaluation.judging.report import JudgeReport
from components.evaluation.judging.verdicts import Question, Verdict, Verdicts
from components.evaluation.opponents import JoinedRows
from components.evaluation.parts import PartStorage
from components.evaluation.requests import TestExample
from components.evaluation.settings import EvaluationSettings
from components.gcp.judge import Judge
from components.gcp.rate_limit import RateLimit


def judge_answers(
    project: str,
    location: str,
    storage: PartStorage,
    root: str,
    catalogue: Mapping[str, BaseModelFacts],
    examples: Sequence[TestExample],
    answers: Sequence[tuple[System, JoinedRows]],
    settings: EvaluationSettings,
    tell: Callable[[str], None],
) -> tuple[list[ExtraMetric], list[JudgeReport]]:
    """The scores of every judge, and how far each can be trusted.

    Args:
        project: Project that pays.
        location: Region; the service is not at `us` or `eu`.
        storage: Where verdicts are kept, so that none is paid for twice.
        root: Prefix of all verdicts.
        catalogue: Facts by base model, for prices.
        examples: The test set.
        answers: Every system with its rows, joined to the examples.
        settings: Judges, own metrics, concurrency, attempts and the quota of judges.
        tell: Told what is done, in a line.

    Raises:
        RetuneError: `EVAL-JUDGE`, a judge is not available; answers and verdicts so far are kept.
    """
    extra: list[ExtraMetric] = []
    reports: list[JudgeReport] = []
    for judge in asked_models(settings.judges, settings.own_metrics):
        verdicts = Verdicts(storage, root, judge)
        # A new one for each judge: connections belong to one event loop.
        asked = Judge(
            project,
            location,
            judge.model,
            samples=judge.samples,
            attempts=settings.attempts,
            limit=RateLimit(settings.judge_requests_per_minute),
        )
        ask = partial(_ask, verdicts, asked, settings.concurrency, judge.metric, tell)
        metric, report = judged_metric(judge, examples, answers, ask, _price(catalogue.get(judge.model)))
        extra.append(metric)
        reports.append(report)
    return extra, reports


def _ask(
    verdicts: Verdicts,
    judge: Judge,
    concurrency: int,
    metric: str,
    tell: Callable[[str], None],
    questions: Sequence[Question],
) -> Mapping[str, Verdict]:
    tell(f"{metric}: {len(questions)} questions")
    return verdicts.ask(judge, questions, concurrency)


def _price(facts: BaseModelFacts | None) -> JudgePrice | None:
    if facts is None or facts.prices.input is None or facts.prices.output is None:
        return None
    return facts.prices.input, facts.prices.output
