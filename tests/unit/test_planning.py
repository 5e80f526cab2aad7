"""Planning: what a run costs, what it refuses, and when it starts nothing."""

from __future__ import annotations

import datetime
from contextlib import nullcontext

import pytest

from components.errors import RetuneError
from components.gcp.cloud_settings import CloudSettings
from components.gcp.ledger import Champion
from components.gcp.tuning_history import FinishedJob
from components.run_planning.candidate import Candidate
from components.run_planning.candidates import make_candidates as candidates_of
from components.run_planning.costs import check_budget, check_prices, tuning_costs
from components.run_planning.decision import decide_plan
from components.run_planning.duration import Duration, estimate_duration
from components.run_planning.plan import CandidateCost, EvaluationCost, plan_key
from components.run_planning.retirement import check_retirement
from components.run_planning.settings import CandidateSettings, TuningSettings
from components.run_planning.token_count import TokenCount, estimated_count
from pipelines.catalogue import catalogue

TODAY = datetime.date(2026, 11, 21)
SHA = "a" * 64
CLOUD = CloudSettings(project="p", location="us-central1", bucket="bucket")


def settings(*models: str, budget: float = 100.0, epochs: int = 3) -> TuningSettings:
    candidates = tuple(CandidateSettings(base_model=model, epochs=epochs) for model in models)
    return TuningSettings(candidates=candidates, budget_usd=budget)


def make_candidates(sha256: str, wanted: TuningSettings) -> list[Candidate]:
    return candidates_of(sha256, wanted, catalogue({}), CLOUD, None)


def costs_of(tokens: int, wanted: TuningSettings, job: str = "") -> list[CandidateCost]:
    exact = {one.base_model: TokenCount(tokens, tokens, tokens, "service", 9) for one in wanted.candidates}
    return tuning_costs(make_candidates(SHA, wanted), exact, catalogue({}), lambda fingerprint: job)


def test_cost_is_tokens_times_epochs_times_price() -> None:
    costs = costs_of(1_000_000, settings("gemini-2.5-flash", epochs=4))
    assert [(cost.tokens, cost.usd) for cost in costs] == [(4_000_000, 20.0)]


def test_a_job_that_is_there_costs_nothing() -> None:
    cost = costs_of(1_000_000, settings("gemini-2.5-flash"), "projects/1/tuningJobs/2")[0]
    assert (cost.usd, cost.usd_high) == (0, 0)


def test_an_unknown_price_is_refused_unless_nothing_is_paid() -> None:
    wanted = settings("gemini-3.5-flash")
    with pytest.raises(RetuneError, match="BUDGET-PRICE-UNKNOWN") as caught:
        check_prices(make_candidates(SHA, wanted), costs_of(1000, wanted))
    assert caught.value.where == "base_models.gemini-3.5-flash.prices.training"
    check_prices(make_candidates(SHA, wanted), costs_of(1000, wanted, "job"))


def test_the_budget_is_for_all_candidates_and_answers_together() -> None:
    wanted = settings("gemini-2.5-flash", "gemini-2.5-flash-lite", budget=19.5)
    costs = costs_of(1_000_000, wanted)
    check_budget(costs, [], wanted)
    answers = [EvaluationCost("base", 10, 100, 10, 0.02), EvaluationCost("champion", 10, 100, 10, None)]
    with pytest.raises(RetuneError, match=r"BUDGET-EXCEEDED: the run would cost about \$19.52"):
        check_budget(costs, answers, wanted)


def test_the_budget_is_held_against_the_upper_end_of_an_estimate() -> None:
    wanted = settings("gemini-2.5-flash", epochs=1, budget=6.0)
    for tokens, refused in ((900_000, False), (1_000_000, True)):
        costs = tuning_costs(
            make_candidates(SHA, wanted), {"gemini-2.5-flash": estimated_count(tokens)}, catalogue({}), lambda one: ""
        )
        with pytest.raises(RetuneError, match=r"at most \$6.50") if refused else nullcontext():
            check_budget(costs, [], wanted)


def test_a_time_is_estimated_from_jobs_of_the_same_model_only() -> None:
    jobs = [FinishedJob("m", 100, 600), FinishedJob("m", 200, 900), FinishedJob("other", 1, 1)]
    assert estimate_duration("m", 400, jobs) == Duration(12.5, 35.0, 2)
    assert estimate_duration("m", 50, jobs) == Duration(4.375, 12.5, 2)
    assert estimate_duration("new", 50, jobs) is None


def test_a_model_near_its_retirement_is_warned_about_and_past_it_refused() -> None:
    known = catalogue({"gemini-2.5-pro": {"earliest_retirement": "2026-12-21"}})
    wanted = settings("gemini-2.5-pro")
    assert check_retirement(wanted.model_copy(update={"retirement_warning_days": 29}), known, TODAY) == []
    assert "in 30 days" in check_retirement(wanted, known, TODAY)[0]
    with pytest.raises(RetuneError, match=r"MODEL-RETIRED: gemini-2\.5-pro may have been switched off since") as caught:
        check_retirement(wanted, known, datetime.date(2026, 12, 21))
    assert "gemini-3.5-flash" in caught.value.next_step
    assert "base_models.gemini-2.5-pro.earliest_retirement" in caught.value.next_step


def champion(key: str) -> Champion:
    return Champion(4, "projects/1/locations/l/models/5@1", "endpoint", "gemini-2.5-flash", "f", key, "run-1")


def test_the_plan_of_the_champion_is_skipped_and_says_why() -> None:
    decision, reason = decide_plan("key", champion("key"), None, force=False)
    assert decision == "skip"
    assert "release 4, run run-1" in reason


def test_a_question_answered_against_the_same_champion_is_skipped() -> None:
    outcome = {"champion_model": champion("other").model, "verdict": "hold", "run_id": "run-7"}
    decision, reason = decide_plan("key", champion("other"), outcome, force=False)
    assert decision == "skip"
    assert "`hold` in run run-7" in reason


def test_a_new_champion_makes_it_a_new_question() -> None:
    outcome = {"champion_model": "projects/1/locations/l/models/4@1", "verdict": "hold", "run_id": "run-7"}
    assert decide_plan("key", champion("other"), outcome, force=False)[0] == "tune"


def test_force_asks_again() -> None:
    assert decide_plan("key", champion("key"), None, force=True)[0] == "tune"


def test_too_few_new_examples_are_a_reason_to_skip_unless_forced() -> None:
    assert decide_plan("key", champion("other"), None, False, "3 new") == ("skip", "3 new")
    assert decide_plan("key", champion("other"), None, True, "3 new")[0] == "tune"


def test_other_rules_make_another_plan() -> None:
    assert plan_key(SHA, ["a", "b"], {"gate": 1}) == plan_key(SHA, ["b", "a"], {"gate": 1})
    assert plan_key(SHA, ["a", "b"], {"gate": 1}) != plan_key(SHA, ["a", "b"], {"gate": 2})
