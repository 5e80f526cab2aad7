"""What judges cost is known before anything is paid for, and counts on the budget."""

from __future__ import annotations

import pytest

from components.dataset_validation.snapshot import SplitFacts
from components.errors import RetuneError
from components.evaluation.judging.settings import JudgeSettings
from components.run_planning.judging_cost import judging_cost
from components.run_planning.planner import check_budget
from components.run_planning.settings import CandidateSettings, TuningSettings
from pipelines.catalogue import catalogue

TEST = SplitFacts("gs://b/test.jsonl", 1000, 1, "a" * 64, 100_000)
PAIRWISE = JudgeSettings(rubric="r" * 400, samples=2).model_dump()
POINTWISE = JudgeSettings(kind="pointwise", rubric="r" * 400, samples=1).model_dump()


def cost(*judges: dict[str, object], champion: bool = False) -> float:
    named = {str(number): judge for number, judge in enumerate(judges)}
    return judging_cost(named, TEST, catalogue({}), candidates=2, bases=1, has_champion=champion)


def test_pairs_are_shown_in_both_orders_and_answers_of_every_model_once() -> None:
    # 2 candidates, 2 orders, 2 samples; 150 tokens of texts, 100 of the rubric, 60 said; $0.30 and $2.50 a million.
    assert cost(PAIRWISE) == pytest.approx(1000 * 8 * (250 * 0.30 + 60 * 2.5) / 1e6)
    assert cost(PAIRWISE, champion=True) == pytest.approx(2 * cost(PAIRWISE))
    assert cost(POINTWISE) == pytest.approx(1000 * 3 * (200 * 0.30 + 60 * 2.5) / 1e6)
    assert cost(PAIRWISE, POINTWISE) == pytest.approx(cost(PAIRWISE) + cost(POINTWISE))
    assert cost() == cost({**PAIRWISE, "model": "another"}) == 0


def test_judges_count_on_the_budget() -> None:
    settings = TuningSettings(candidates=(CandidateSettings(base_model="gemini-2.5-flash"),), budget_usd=1)
    assert check_budget([], settings, judging_usd=1.0) == 0
    with pytest.raises(RetuneError, match=r"BUDGET-EXCEEDED.*judging about \$1.20"):
        check_budget([], settings, judging_usd=1.2)
