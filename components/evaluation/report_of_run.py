"""Gathers what the report of a run shows: evaluation, decision, tuned models, data, costs and answers side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from components.base_models.facts import BaseModelFacts
from components.base_models.resolved import base_models
from components.dataset_validation.snapshot import Snapshot
from components.evaluation.bill import bill
from components.evaluation.break_even import BreakEven
from components.evaluation.dimensions import dimensions_of
from components.evaluation.evaluate import join
from components.evaluation.evaluate_run import read_test_set, side_fields
from components.evaluation.evaluation import Baseline, Evaluation, SystemResult
from components.evaluation.gate import Decision
from components.evaluation.gate_settings import GateSettings
from components.evaluation.latency import latencies_of
from components.evaluation.report_data import ReportData
from components.evaluation.requests import TestExample
from components.evaluation.rows import Row, RowStore
from components.evaluation.settings import EvaluationSettings
from components.evaluation.side_by_side import SideBySide, side_by_side
from components.run_planning.plan import Plan
from components.step import Step
from components.supervised_tuning.tuned_model import TunedModel

SPLIT_FACTS = ("rows", "bytes", "tokens", "labels")


def report_of_run(
    step: Step,
    snapshot: Snapshot,
    plan: Plan,
    tuned: Sequence[TunedModel],
    evaluation: Evaluation,
    decision: Decision,
) -> ReportData:
    """What the report of the run shows."""
    settings = step.section("evaluation", EvaluationSettings)
    examples = read_test_set(step, snapshot, settings)
    rows = [list(RowStore(step.storage, one.system.answers_uri).load(examples).values()) for one in evaluation.systems]
    fields = side_fields(step, snapshot, settings)[: len(examples)]
    return ReportData(
        run_id=step.run_id,
        name=step.name,
        evaluation=evaluation,
        verdict=decision,
        tuned=list(tuned),
        dataset_facts=_shown_facts(msgspec.json.decode(step.storage.read(snapshot.facts_uri))),
        latencies=[latencies_of(join(examples, found)) for found in rows],
        break_even=_break_even(plan, tuned, evaluation, snapshot, base_models(step.config)),
        examples=compared_answers(
            examples,
            rows,
            evaluation,
            winner=decision.winner,
            metric=step.section("gate", GateSettings).primary_metric,
            settings=settings,
            fields=fields,
        ),
        costs=bill(step, plan, tuned, evaluation),
    )


def compared_answers(
    examples: Sequence[TestExample],
    rows: Sequence[Sequence[Row]],
    evaluation: Evaluation,
    *,
    winner: str | None,
    metric: str,
    settings: EvaluationSettings,
    fields: Sequence[Mapping[str, Any]] = (),
) -> SideBySide | None:
    """Answers of the winner, or else of the first candidate, beside those of base and champion.

    Args:
        examples: The test set.
        rows: Of every system, in the order of the evaluation's systems.
        evaluation: The evaluation.
        winner: Fingerprint of the candidate to show.
        metric: What wins and losses are told by.
        settings: The user's own metrics.
        fields: What a side file says of each example.

    Returns:
        None where there is no candidate.
    """
    shown = evaluation.shown_candidate(winner)
    if shown is None:
        return None
    compared: dict[Baseline, SystemResult] = {"base": evaluation.base_of(shown.system)}
    if champions := evaluation.in_role("champion"):
        compared["champion"] = champions[0]

    def rows_of(result: SystemResult) -> Sequence[Row]:
        return next(found for one, found in zip(evaluation.systems, rows, strict=True) if one is result)

    return side_by_side(
        examples,
        (shown.system.fingerprint, rows_of(shown)),
        {against: rows_of(result) for against, result in compared.items()},
        kind=evaluation.task_kind,
        metric=metric,
        settings=settings,
        dimensions=dimensions_of(examples, evaluation.task_kind, fields),
    )


def _shown_facts(facts: Mapping[str, Any]) -> dict[str, Any]:
    splits = {
        split: {name: found[name] for name in SPLIT_FACTS if name in found} for split, found in facts["splits"].items()
    }
    return {"splits": splits, "findings": facts["findings"]}


def _break_even(
    plan: Plan,
    tuned: Sequence[TunedModel],
    evaluation: Evaluation,
    snapshot: Snapshot,
    catalogue: Mapping[str, BaseModelFacts],
) -> list[BreakEven]:
    """What tuning each candidate costs and saves; the planned tokens, because the service's count is without epochs."""
    tokens = {cost.fingerprint: cost.tokens for cost in plan.costs}
    train = snapshot.splits.get("train")  # a promotion brings the model, not what it was tuned on
    found = []
    for model in tuned:
        candidate = model.candidate
        price = catalogue[candidate.base_model].prices.training
        trained = tokens.get(candidate.fingerprint, 0)
        result = next(
            (one for one in evaluation.in_role("candidate") if one.system.fingerprint == candidate.fingerprint), None
        )
        if result is None:
            continue
        base = evaluation.base_of(result.system)
        found.append(
            BreakEven(
                candidate=candidate.fingerprint,
                training_usd=None if price is None or not trained else trained * price / 1e6,
                base_usd=_usd_per_answer(base),
                candidate_usd=_usd_per_answer(result),
                usd_per_million_input=base.system.usd_per_million_input,
                example_tokens=train.tokens / train.rows if train and train.rows and train.tokens else None,
            )
        )
    return found


def _usd_per_answer(result: SystemResult) -> float | None:
    return None if result.cost_per_1000_usd is None else result.cost_per_1000_usd.mean / 1000
