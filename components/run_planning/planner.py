"""Makes the plan of a run: whether it tunes, what it reuses, what it costs and how long it takes."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

import msgspec

from components.base_models.alternatives import alternatives
from components.base_models.serving import serving_location
from components.errors import RetuneError, configuration_error
from components.gcp.clients import asks_google
from components.gcp.publisher_models import is_gone
from components.gcp.token_counting import local_counters
from components.run_planning.answers import AnswerCosts
from components.run_planning.candidate import Candidate
from components.run_planning.candidates import make_candidates, question_of
from components.run_planning.costs import check_budget, check_prices, tuning_costs
from components.run_planning.dataset_tokens import count_tokens
from components.run_planning.decision import decide_plan
from components.run_planning.duration import estimate_duration
from components.run_planning.judging_cost import judging_costs
from components.run_planning.new_examples import count_new_examples
from components.run_planning.plan import CandidateCost, Plan, plan_key
from components.run_planning.planned_dataset import PlannedDataset
from components.run_planning.records import Records
from components.run_planning.retirement import check_retirement
from components.run_planning.run_configuration import RunConfiguration
from components.run_planning.support import check_dataset_support, check_support


@dataclass(frozen=True)
class PlannedRun:
    """A plan, and why it must not be carried out.

    Attributes:
        plan: The plan.
        refusal: `BUDGET-…`; None when nothing speaks against it.
    """

    plan: Plan
    refusal: RetuneError | None


def plan_run(
    dataset: PlannedDataset,
    wanted: RunConfiguration,
    records: Records,
    today: datetime.date,
    *,
    ask_service: bool,
    force: bool,
) -> PlannedRun:
    """The plan of a run; nothing is started or written.

    Args:
        dataset: The validated dataset.
        wanted: The configuration.
        records: What earlier runs left.
        today: The day that retirements are held against.
        ask_service: Whether the service may be asked about base models and tokens.
        force: True evaluates again although the same question was answered.

    Raises:
        RetuneError: `MODEL-…`, `CONFIG-…` and `TUNE-CONTINUE`: what the service would refuse.
    """
    snapshot, tuning, catalogue = dataset.snapshot, wanted.tuning, wanted.catalogue
    check_support(tuning, catalogue, wanted.cloud, has_validation="validation" in snapshot.splits)
    check_dataset_support(tuning, catalogue, snapshot, dataset.media_files)
    warnings = check_retirement(tuning, catalogue, today)
    if ask_service:
        _check_offered(wanted)
    data = snapshot.tuned_sha256
    candidates = make_candidates(data, tuning, catalogue, wanted.cloud, records.champion)
    key = plan_key(snapshot.sha256, question_of(data, tuning, catalogue, wanted.cloud), dict(wanted.rules))
    new, shortage = _new_examples(dataset, wanted, records)
    decision, reason = decide_plan(key, records.champion, records.outcome(key), force, shortage)

    named = {one.base_model: catalogue[one.base_model] for one in candidates}
    # Where the service is a stand-in, or nobody shall be asked, no file is fetched from the internet either.
    here = local_counters(named) if ask_service and asks_google() else {}
    tokens, uncounted = count_tokens(dataset, named, wanted.cloud if ask_service else None, here)
    costs = _with_durations(
        candidates, tuning_costs(candidates, tokens, catalogue, records.existing_job), dataset, records
    )
    answers = AnswerCosts(dataset, wanted, tokens)
    evaluation = answers.of_evaluation(candidates, records) + answers.of_checkpoints(candidates, costs)
    evaluation += answers.of_embeddings(candidates, records)
    evaluation += judging_costs(wanted, snapshot.splits["test"], candidates, has_champion=records.champion is not None)
    plan = Plan(
        decision=decision,
        reason=reason,
        plan_key=key,
        candidates=candidates,
        costs=costs,
        tuning_usd=sum(cost.usd or 0.0 for cost in costs),
        evaluation_usd=sum(cost.usd or 0.0 for cost in evaluation),
        warnings=[*warnings, *uncounted, *_remarks(candidates, wanted, records)],
        tuning_usd_high=sum(cost.usd_high or 0.0 for cost in costs),
        budget_usd=tuning.budget_usd,
        evaluation=evaluation,
        tokens=tokens,
        train_uri=snapshot.splits["train"].uri,
        new_examples=new,
    )
    return PlannedRun(plan, _refusal(plan, wanted) if decision == "tune" else None)


def _check_offered(wanted: RunConfiguration) -> None:
    for number, candidate in enumerate(wanted.tuning.candidates):
        facts = wanted.catalogue[candidate.base_model]
        place = serving_location(facts, wanted.cloud.location)
        if not facts.open_model and is_gone(wanted.cloud.project, place, candidate.base_model):
            others = alternatives(
                {name: other for name, other in wanted.catalogue.items() if name != candidate.base_model}
            )
            raise configuration_error(
                "MODEL-GONE",
                f"the service does not offer {candidate.base_model}, or not to this project",
                f"choose {others}",
                f"tuning.candidates[{number}].base_model",
            )


def _new_examples(dataset: PlannedDataset, wanted: RunConfiguration, records: Records) -> tuple[int | None, str]:
    """New training examples, counted where a rule asks for them, and why they are too few."""
    least = wanted.tuning.min_new_examples
    if not least or records.last_train is None:
        return None, ""
    new = count_new_examples(dataset.source("train"), records.last_train)
    if new >= least:
        return new, ""
    return new, f"{new:,} new training examples since run {records.last_success}; tuning.min_new_examples is {least:,}"


def _with_durations(
    candidates: list[Candidate], costs: list[CandidateCost], dataset: PlannedDataset, records: Records
) -> list[CandidateCost]:
    rows = dataset.snapshot.splits["train"].rows
    return [
        msgspec.structs.replace(
            cost, duration=estimate_duration(candidate.base_model, rows * candidate.epochs, records.finished)
        )
        if not cost.existing_job
        else cost
        for candidate, cost in zip(candidates, costs, strict=True)
    ]


def _remarks(candidates: list[Candidate], wanted: RunConfiguration, records: Records) -> list[str]:
    remarks = []
    for name in dict.fromkeys(candidate.base_model for candidate in candidates):
        prices = wanted.catalogue[name].prices
        if prices.input is None or prices.output is None:
            remarks.append(f"no price of answers is known for {name}: they are not in the estimate")
        if wanted.catalogue[name].serving == "own_endpoint":
            remarks.append(
                f"{name} is an open model: its tuned weights go to the bucket and nothing serves them, so its "
                "evaluation has no answers"
            )
    evaluation = wanted.tuning.checkpoint_evaluation
    if evaluation and evaluation.judged:
        remarks.append("the tokens of the judge of checkpoint_evaluation are not in the estimate")
    if records.champion is None and any(one.continue_from == "champion" for one in wanted.tuning.candidates):
        remarks.append("there is no champion yet to go on from: tuning starts from the base model")
    return remarks


def _refusal(plan: Plan, wanted: RunConfiguration) -> RetuneError | None:
    try:
        check_prices(plan.candidates, plan.costs)
        check_budget(plan.costs, plan.evaluation, wanted.tuning)
    except RetuneError as error:
        return error
    return None
