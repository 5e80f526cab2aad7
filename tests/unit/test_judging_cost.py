"""What judges cost is known before anything is paid for, and counts on the budget."""

from __future__ import annotations

from typing import Any

import pytest

from components.dataset_validation.snapshot import SplitFacts
from components.errors import RetuneError
from components.evaluation.judging.settings import JudgeSettings
from components.gcp.cloud_settings import CloudSettings
from components.run_planning.candidate import Candidate
from components.run_planning.costs import check_budget
from components.run_planning.judging_cost import judging_costs
from components.run_planning.plan import EvaluationCost
from components.run_planning.run_configuration import RunConfiguration
from components.run_planning.settings import CandidateSettings, TuningSettings
from pipelines.catalogue import catalogue

TEST = SplitFacts("gs://b/test.jsonl", 1000, 1, "a" * 64, 100_000)
PAIRWISE = JudgeSettings(rubric="r" * 400, samples=2).model_dump()
POINTWISE = JudgeSettings(kind="pointwise", rubric="r" * 400, samples=1).model_dump()
TUNING = TuningSettings(candidates=(CandidateSettings(base_model="gemini-2.5-flash"),), budget_usd=1)


def costs(*judges: dict[str, Any], champion: bool = False, **evaluation: Any) -> list[EvaluationCost]:
    named = {f"j{number}": judge for number, judge in enumerate(judges)}
    cloud = CloudSettings(project="p", location="us-central1", bucket="bucket")
    wanted = RunConfiguration(TUNING, cloud, catalogue({}), {"evaluation": {"judges": named, **evaluation}})
    candidates = [Candidate("gemini-2.5-flash", epochs, 1.0, 4, str(epochs)) for epochs in (1, 2)]
    return judging_costs(wanted, TEST, candidates, has_champion=champion)


def usd(*judges: dict[str, Any], champion: bool = False) -> float:
    return sum(one.usd or 0 for one in costs(*judges, champion=champion))


def test_pairs_are_shown_in_both_orders_and_answers_of_every_model_once() -> None:
    # 2 candidates, 2 orders, 2 samples; 150 tokens of texts, 100 of the rubric, 60 said; $0.30 and $2.50 a million.
    assert usd(PAIRWISE) == pytest.approx(1000 * 8 * (250 * 0.30 + 60 * 2.5) / 1e6)
    assert usd(PAIRWISE, champion=True) == pytest.approx(2 * usd(PAIRWISE))
    assert usd(POINTWISE) == pytest.approx(1000 * 3 * (200 * 0.30 + 60 * 2.5) / 1e6)
    assert usd(PAIRWISE, POINTWISE) == pytest.approx(usd(PAIRWISE) + usd(POINTWISE))
    assert costs() == []
    assert costs({**PAIRWISE, "model": "another"})[0].usd is None
    assert costs(PAIRWISE, max_rows=10)[0].answers == 40


def test_a_metric_that_is_a_prompt_costs_like_a_judge_that_is_asked_once() -> None:
    [own] = costs(own_metrics={"tone": {"prompt": "r" * 400}, "length": {"python": "a:b"}})
    assert own.who == "own metric tone"
    assert own.usd == pytest.approx(usd(POINTWISE))


def test_judges_count_on_the_budget() -> None:
    check_budget([], costs(POINTWISE), TUNING)
    with pytest.raises(RetuneError, match="BUDGET-EXCEEDED"):
        check_budget([], costs(PAIRWISE), TUNING)
