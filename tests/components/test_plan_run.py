"""Planning against local Vertex: what is counted, reused, skipped and refused before anything is paid for."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from components.dataset_validation.validate import validate_and_snapshot
from components.errors import RetuneError
from components.evaluation.embedding.settings import EmbeddingSettings
from components.gcp.ledger import Champion, LastSuccess
from components.gcp.storage import Storage
from components.gcp.token_counting import TokenCounter, service_counter
from components.gcp.tuning_jobs import TuningJobs
from components.run_planning import planner
from components.run_planning.answers import EMBEDDING_DEFAULTS
from components.run_planning.plan import Plan
from components.run_planning.plan_run import make_plan
from components.run_planning.planned_dataset import stored_dataset
from components.run_planning.settings import TuningSettings
from components.run_planning.token_sample import sample_examples
from components.run_planning.tuning_request import tuning_request
from components.step import Step, open_step
from components.supervised_tuning.wait import wait_for_job
from pipelines.catalogue import catalogue
from tests.components.stand_ins import FakeTime, Faults
from tests.components.tuning_line import ignore

TODAY = datetime(2026, 11, 26, tzinfo=UTC)
MakePlan = Callable[..., tuple[Step, str, Plan]]


def line(number: int, label: str) -> str:
    turns = [("user", f"question number {number} that is about {label}"), ("model", label)]
    return json.dumps({"contents": [{"role": role, "parts": [{"text": text}]} for role, text in turns]})


def examples(count: int, first: int = 0) -> str:
    return "".join(line(number, f"topic {number % 4}") + "\n" for number in range(first, first + count))


@pytest.fixture
def planned(step: Step) -> MakePlan:
    """Validates the dataset of a run and makes its plan, on 26 November 2026."""

    def make(
        *,
        train: str = "",
        test: str = "",
        run: str = "run-1",
        force: bool = False,
        tuning: Any = None,
        models: Any = None,
        evaluation: Any = None,
        now: datetime = TODAY,
    ) -> tuple[Step, str, Plan]:
        files = {"train": train or examples(200), "validation": examples(20, 500), "test": test or examples(40, 900)}
        for split, text in files.items():
            step.storage.write(f"{step.root}/data/{split}.jsonl", text.encode())
        sections = json.loads(step.config)
        sections["tuning"] = {**sections["tuning"], **(tuning or {})}
        names = [one["base_model"] for one in sections["tuning"]["candidates"]]
        known = catalogue(models or {})
        sections |= {
            "dataset": {split: f"{step.root}/data/{split}.jsonl" for split in files},
            "validation": {},
            "evaluation": evaluation or {},
            "gate": {},
            "base_models": {name: known[name].to_dict() for name in names},
        }
        opened = open_step(json.dumps(sections), run)
        snapshot = validate_and_snapshot(opened, "").snapshot.uri
        return opened, snapshot, make_plan(opened, snapshot, force, now)

    return make


def candidates(**changes: Any) -> dict[str, Any]:
    return {"candidates": [{"base_model": "gemini-2.5-flash", "epochs": 1, **changes}]}


def champion(key: str, model: str = "projects/p/locations/us-central1/models/5@1") -> Champion:
    return Champion(3, model, "endpoint", "gemini-2.5-flash", "f" * 64, key, "run-0")


def test_tokens_are_those_that_the_service_counts(planned: MakePlan) -> None:
    step, snapshot_uri, plan = planned()
    count = plan.tokens["gemini-2.5-flash"]
    assert (count.method, count.examples) == ("service", 100)
    every = sample_examples(stored_dataset(step.storage, snapshot_uri).source("train"), 200, 200)
    counter = service_counter(step.cloud.project, step.cloud.location, "gemini-2.5-flash")
    assert count.low <= sum(counter(one.example) for one in every) <= count.high
    assert count.tokens != sum(one.tokens for one in every)
    assert plan.decision == "tune"
    assert plan.costs[0].tokens == count.tokens
    assert plan.tuning_usd == pytest.approx(count.tokens * 5 / 1e6)
    assert [cost.answers for cost in plan.evaluation] == [40, 40]
    assert plan.evaluation_usd > 0
    assert plan.new_examples is None


def test_embeddings_are_in_the_plan_where_they_are_asked_for(planned: MakePlan) -> None:
    asked = {"metrics": ["embedding_similarity"], "embedding": {"usd_per_million_tokens": 0.5}}
    [base, _, embedded] = planned(evaluation=asked)[2].evaluation
    assert embedded.who == "embeddings by gemini-embedding-001"
    # Wanted answers, those of the base model and those of the candidate.
    assert embedded.answers == 3 * 40
    assert embedded.prompt_tokens == base.answer_tokens * 3
    assert embedded.usd == pytest.approx(embedded.prompt_tokens * 0.5 / 1e6)


def test_what_planning_takes_for_granted_of_embeddings_is_what_the_evaluation_does() -> None:
    settings = EmbeddingSettings()
    assert {name: getattr(settings, name) for name in EMBEDDING_DEFAULTS} == EMBEDDING_DEFAULTS


def test_on_local_vertex_nothing_is_fetched_from_elsewhere(planned: MakePlan, monkeypatch: pytest.MonkeyPatch) -> None:
    def fetch(base_models: object) -> dict[str, TokenCounter]:
        raise AssertionError(f"a tokenizer's file was asked for: {base_models}")

    monkeypatch.setattr(planner, "local_counters", fetch)
    assert planned()[2].tokens["gemini-2.5-flash"].method == "service"


def test_a_service_that_does_not_count_leaves_an_estimate_with_its_error(planned: MakePlan, faults: Faults) -> None:
    faults.add(path="countTokens$", action="status", status=503)
    _, _, plan = planned()
    count = plan.tokens["gemini-2.5-flash"]
    assert (count.method, count.examples) == ("estimate", 0)
    assert count.high / count.tokens == pytest.approx(1.3, abs=0.01)
    assert "tokens are estimated" in " ".join(plan.warnings)


def test_the_price_of_an_earlier_job_is_nothing_and_its_time_is_a_measure(planned: MakePlan) -> None:
    step, snapshot_uri, first = planned()
    assert first.costs[0].duration is None
    snapshot = stored_dataset(step.storage, snapshot_uri).snapshot
    jobs = TuningJobs(step.cloud)
    job = jobs.create(tuning_request(step, first.candidates[0], snapshot))
    settings = step.section("tuning", TuningSettings).model_copy(update={"deadline_minutes": 1e9})
    wait_for_job(jobs, job, settings, FakeTime(really_s=0.05).clock(), ignore)
    _, _, again = planned(run="run-2")
    assert (again.costs[0].existing_job, again.tuning_usd) == (job.name, 0)
    _, _, longer = planned(run="run-3", tuning=candidates(epochs=2))
    assert longer.costs[0].existing_job == ""
    duration = longer.costs[0].duration
    assert duration is not None
    assert duration.high_minutes == pytest.approx(2 * duration.low_minutes)


def test_a_changed_test_file_alone_is_a_new_question_about_the_same_job(planned: MakePlan) -> None:
    _, _, first = planned()
    _, _, other = planned(run="run-2", test=examples(41, 2000))
    assert first.candidates[0].fingerprint == other.candidates[0].fingerprint
    assert first.plan_key != other.plan_key
    assert planned(run="run-3", train=examples(201))[2].candidates[0].fingerprint != first.candidates[0].fingerprint


def test_a_budget_that_the_upper_end_exceeds_stops_the_run(planned: MakePlan) -> None:
    with pytest.raises(RetuneError, match="BUDGET-EXCEEDED: the run would cost about") as caught:
        planned(tuning={"budget_usd": 0.001})
    assert caught.value.where == "tuning.budget_usd"
    assert caught.value.next_step


def test_an_unknown_price_needs_one_in_the_configuration(planned: MakePlan) -> None:
    wanted = candidates(base_model="gemini-3.1-flash-lite")
    with pytest.raises(RetuneError, match="BUDGET-PRICE-UNKNOWN") as caught:
        planned(tuning=wanted)
    assert caught.value.where == "base_models.gemini-3.1-flash-lite.prices.training"
    models = {"gemini-3.1-flash-lite": {"prices": {"training": 3.0}}}
    assert planned(tuning=wanted, models=models)[2].decision == "tune"


def test_a_base_model_that_the_service_does_not_offer_is_refused(planned: MakePlan) -> None:
    new = catalogue({})["gemini-2.5-flash"].to_dict()
    with pytest.raises(RetuneError, match="MODEL-GONE: the service does not offer gemini-9-flash") as caught:
        planned(tuning=candidates(base_model="gemini-9-flash"), models={"gemini-9-flash": new})
    assert "retune models" in caught.value.next_step


def test_a_service_that_says_nothing_of_the_base_model_is_no_proof(planned: MakePlan, faults: Faults) -> None:
    faults.add(method="GET", path="publishers/google/models/", action="status", status=500)
    assert planned()[2].decision == "tune"


def test_an_open_model_is_planned_with_a_remark(planned: MakePlan) -> None:
    name = "qwen/qwen3@qwen3-32b"
    models = {name: {"prices": {"training": 2.0}}}
    _, _, plan = planned(tuning=candidates(base_model=name, learning_rate=2e-4), models=models)
    assert plan.tokens[name].method == "estimate"
    assert "is an open model" in " ".join(plan.warnings)
    assert "no price of answers is known" in " ".join(plan.warnings)


@pytest.mark.parametrize(("least", "decision"), [(30, "tune"), (31, "skip")])
def test_too_few_new_examples_skip_the_run(planned: MakePlan, step: Step, least: int, decision: str) -> None:
    before = f"{step.root}/before.jsonl"
    step.storage.write(before, examples(170).encode())
    step.ledger.write_last_success(LastSuccess("run-0", before))
    _, _, plan = planned(tuning={"min_new_examples": least})
    assert (plan.decision, plan.new_examples) == (decision, 30)
    if decision == "skip":
        assert plan.reason == "30 new training examples since run run-0; tuning.min_new_examples is 31"
        assert planned(tuning={"min_new_examples": least}, force=True)[2].decision == "tune"


def test_the_champions_own_question_is_skipped_although_it_would_go_on_from_it(planned: MakePlan, step: Step) -> None:
    wanted = candidates(continue_from="champion")
    _, _, first = planned(tuning=wanted)
    assert "no champion yet" in " ".join(first.warnings)
    step.ledger.replace_champion(champion(first.plan_key), 0)
    _, _, second = planned(run="run-2", tuning=wanted)
    assert second.candidates[0].pre_tuned_model == champion("").model
    assert second.candidates[0].fingerprint != first.candidates[0].fingerprint
    assert second.decision == "skip"
    assert "release 3" in second.reason
    assert planned(run="run-3", tuning=wanted, train=examples(210))[2].decision == "tune"


def test_a_skipped_run_is_not_stopped_by_its_budget(planned: MakePlan, step: Step) -> None:
    _, _, first = planned()
    step.ledger.replace_champion(champion(first.plan_key), 0)
    assert planned(run="run-2", tuning={"budget_usd": 0.000001})[2].decision == "skip"


def test_a_wrong_clock_does_not_bring_a_retired_model_back(planned: MakePlan, step: Step) -> None:
    written = Storage(step.cloud.project)
    slow = datetime(1970, 1, 1, tzinfo=UTC)
    models = {"gemini-2.5-flash": {"earliest_retirement": "2020-01-01"}}
    with pytest.raises(RetuneError, match="MODEL-RETIRED"):
        planned(models=models, now=slow)
    never = {"gemini-2.5-flash": {"earliest_retirement": "2999-01-01"}}
    _, _, plan = planned(run="run-2", models=never, now=slow)
    today = written.written_at(step.ledger.run_uri("run-2", "dataset.json"))
    assert f"says 1970-01-01, the service's {today:%Y-%m-%d}" in plan.warnings[0]


def test_a_validation_file_too_large_for_an_open_model_is_refused(planned: MakePlan) -> None:
    wanted = candidates(base_model="qwen/qwen3@qwen3-32b")
    with pytest.raises(RetuneError, match="MODEL-VALIDATION-SIZE"):
        planned(tuning=wanted, train=examples(60))


def test_nothing_is_started(planned: MakePlan) -> None:
    step, _, plan = planned()
    assert TuningJobs(step.cloud).find(plan.candidates[0].fingerprint) == []
