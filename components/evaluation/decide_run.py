"""Turns the evaluation of a run into a verdict and a report."""

from __future__ import annotations

import msgspec

from components.dataset_validation.snapshot import Snapshot
from components.dataset_validation.validate import read_snapshot
from components.evaluation.disagreements import Disagreement, find_disagreements
from components.evaluation.evaluate import EvaluationSettings
from components.evaluation.evaluate_run import read_test_set
from components.evaluation.evaluation import Evaluation
from components.evaluation.gate import Decision, decide
from components.evaluation.gate_settings import GateSettings
from components.evaluation.report import CostLine, ReportData, render_report
from components.evaluation.rows import RowStore
from components.run_planning.plan import Plan
from components.run_planning.plan_run import read_plan
from components.step import Step
from components.supervised_tuning.failed_candidate import tuned_models
from components.supervised_tuning.tuned_model import TunedModel


def decide_run(step: Step, snapshot_uri: str, plan_uri: str, evaluation_uri: str) -> tuple[Decision, str]:
    """The gate's decision and the address of the report.

    Raises:
        RetuneError: `GATE-…`, see `gate`.
    """
    evaluation = Evaluation.from_json(step.storage.read(evaluation_uri))
    decision = decide(evaluation, step.section("gate", GateSettings))
    snapshot, plan = read_snapshot(step.storage, snapshot_uri), read_plan(step, plan_uri)
    tuned = tuned_models(step, plan)
    report = render_report(
        ReportData(
            run_id=step.run_id,
            name=step.name,
            verdict=decision,
            evaluation=evaluation,
            tuned=tuned,
            dataset_facts=msgspec.json.decode(step.storage.read(snapshot.facts_uri)),
            disagreements=_disagreements(step, snapshot, evaluation, decision),
            costs=_costs(plan, tuned, evaluation),
        )
    )
    uri = step.ledger.run_uri(step.run_id, "report.html")
    step.storage.write(uri, report.encode(), content_type="text/html; charset=utf-8")
    print(f"{decision.verdict}: {decision.reasons[0] if decision.reasons else ''}", flush=True)
    return decision, uri


def _disagreements(step: Step, snapshot: Snapshot, evaluation: Evaluation, decision: Decision) -> list[Disagreement]:
    """Where the winner, or else the first candidate, and its base model score differently."""
    candidates = evaluation.in_role("candidate")
    shown = next((one for one in candidates if one.system.fingerprint == decision.winner), candidates[0])
    examples = read_test_set(step, snapshot, step.section("evaluation", EvaluationSettings))
    base_rows, candidate_rows = (
        list(RowStore(step.storage, one.system.answers_uri).load(examples).values())
        for one in (evaluation.base_of(shown.system), shown)
    )
    metric = step.section("gate", GateSettings).primary_metric
    return find_disagreements(examples, base_rows, candidate_rows, kind=evaluation.task_kind, metric=metric)


def _costs(plan: Plan, tuned: list[TunedModel], evaluation: Evaluation) -> list[CostLine]:
    lines = []
    by_fingerprint = {cost.fingerprint: cost for cost in plan.costs}
    for model in tuned:
        cost = by_fingerprint[model.candidate.fingerprint]
        note = "reused, paid for by an earlier run" if model.adopted else f"{cost.tokens:,} tokens, estimated"
        lines.append(CostLine(f"Tuning {model.candidate.label}", 0.0 if model.adopted else cost.usd, note))
    for result in evaluation.systems:
        note = (
            f"{result.prompt_tokens + result.output_tokens:,} tokens; answers kept from earlier runs are not paid again"
        )
        lines.append(CostLine(f"Answers of {result.system.role} {result.system.name}", result.cost_usd, note))
    return lines
