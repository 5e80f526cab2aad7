"""Planning: what a run costs, what it refuses, and when it starts nothing."""

from __future__ import annotations

import datetime

import pytest

from components.dataset_validation.snapshot import Snapshot, SplitFacts
from components.errors import RetuneError
from components.gcp.ledger import Champion
from components.run_planning.candidate import fingerprint
from components.run_planning.plan import plan_key
from components.run_planning.planner import (
    check_base_models,
    check_budget,
    decide_plan,
    estimate_costs,
    make_candidates,
)
from components.run_planning.settings import CandidateSettings, TuningSettings
from pipelines.catalogue import catalogue

TODAY = datetime.date(2026, 11, 21)
SHA = "a" * 64


def settings(*models: str, budget: float = 100.0, epochs: int = 3) -> TuningSettings:
    candidates = tuple(CandidateSettings(base_model=model, epochs=epochs) for model in models)
    return TuningSettings(candidates=candidates, budget_usd=budget)


def snapshot(train_tokens: int) -> Snapshot:
    split = SplitFacts("gs://b/train.jsonl", 100, 1000, SHA, train_tokens)
    return Snapshot("gs://b/", SHA, {"train": split, "test": split}, "gs://b/facts.json")


def test_cost_is_tokens_times_epochs_times_price() -> None:
    wanted = settings("gemini-2.5-flash", epochs=4)
    costs = estimate_costs(snapshot(1_000_000), make_candidates(SHA, wanted), catalogue({}), lambda fingerprint: "")
    assert [(cost.tokens, cost.usd) for cost in costs] == [(4_000_000, 20.0)]


def test_a_job_that_is_there_costs_nothing() -> None:
    candidates = make_candidates(SHA, settings("gemini-2.5-flash"))
    costs = estimate_costs(
        snapshot(1_000_000), candidates, catalogue({}), lambda fingerprint: "projects/1/tuningJobs/2"
    )
    assert costs[0].usd == 0


def test_an_unknown_price_is_refused_unless_nothing_is_paid() -> None:
    candidates = make_candidates(SHA, settings("gemini-3.5-flash"))
    with pytest.raises(RetuneError, match="BUDGET-PRICE-UNKNOWN"):
        estimate_costs(snapshot(1000), candidates, catalogue({}), lambda fingerprint: "")
    assert estimate_costs(snapshot(1000), candidates, catalogue({}), lambda fingerprint: "job")[0].usd == 0


def test_the_budget_is_for_all_candidates_together() -> None:
    wanted = settings("gemini-2.5-flash", "gemini-2.5-flash-lite", budget=19.0)
    costs = estimate_costs(snapshot(1_000_000), make_candidates(SHA, wanted), catalogue({}), lambda fingerprint: "")
    with pytest.raises(RetuneError, match=r"BUDGET-EXCEEDED: tuning would cost about \$19.50"):
        check_budget(costs, wanted)
    assert check_budget(costs, settings("gemini-2.5-flash", budget=19.5)) == 19.5


def test_a_retired_model_is_refused_with_alternatives() -> None:
    with pytest.raises(RetuneError) as caught:
        check_base_models(settings("gemini-2.0-flash-001"), catalogue({}), "us-central1", TODAY)
    assert caught.value.code == "MODEL-RETIRED"
    assert "gemini-2.5-flash" in caught.value.next_step


def test_a_region_that_does_not_tune_the_model_is_refused() -> None:
    with pytest.raises(RetuneError, match="MODEL-REGION"):
        check_base_models(settings("gemini-3.5-flash"), catalogue({}), "asia-east1", TODAY)


def test_a_model_near_its_retirement_is_warned_about() -> None:
    assert check_base_models(settings("gemini-2.5-pro"), catalogue({}), "us-central1", TODAY) == []
    warning = check_base_models(settings("gemini-2.5-flash"), catalogue({}), "us-central1", TODAY)
    assert "may be switched off any day since 2026-10-16" in warning[0]


def test_the_fingerprint_tells_every_difference() -> None:
    fields = [SHA, "gemini-2.5-flash", 3, 1.0, 4]
    prints = {fingerprint(*fields)}
    for position, other in enumerate(["b" * 64, "gemini-2.5-pro", 4, 1.5, 8]):
        prints.add(fingerprint(*(other if index == position else value for index, value in enumerate(fields))))
    assert len(prints) == 6
    assert fingerprint(SHA, "gemini-2.5-flash", 3, 1, 4) in prints


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


def test_other_rules_make_another_plan() -> None:
    assert plan_key(SHA, ["a", "b"], {"gate": 1}) == plan_key(SHA, ["b", "a"], {"gate": 1})
    assert plan_key(SHA, ["a", "b"], {"gate": 1}) != plan_key(SHA, ["a", "b"], {"gate": 2})
