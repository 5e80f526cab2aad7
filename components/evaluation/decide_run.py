"""Turns the evaluation of a run into a verdict and a report."""

from __future__ import annotations

import msgspec

from components.dataset_validation.snapshot import Snapshot
from components.dataset_validation.validate import read_snapshot
from components.evaluation.disagreements import Disagreement, find_disagreements
from components.evaluation.evaluate_run import read_test_set
from components.evaluation.evaluation import Evaluation
from components.evaluation.gate import Decision, decide
from components.evaluation.gate_settings import GateSettings
from components.evaluation.report import CostLine, ReportData, render_report
from components.evaluation.rows import RowStore
from components.evaluation.settings import EvaluationSettings
from components.run_planning.plan import Plan
from components.run_planning.plan_run import read_plan
from components.step import Step
from components.supervised_tuning.failed_candidate import tuned_models
from components.supervised_tuning.paid_cost import paid_costs
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
            costs=_tuning_costs(step, plan, tuned) + _answer_costs(evaluation),
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
    settings = step.section("evaluation", EvaluationSettings)
    examples = read_test_set(step, snapshot, settings)
    base_rows, candidate_rows = (
        list(RowStore(step.storage, one.system.answers_uri).load(examples).values())
        for one in (evaluation.base_of(shown.system), shown)
    )
    metric = step.section("gate", GateSettings).primary_metric
    return find_disagreements(
        examples, base_rows, candidate_rows, kind=evaluation.task_kind, metric=metric, settings=settings
    )


def _tuning_costs(step: Step, plan: Plan, tuned: list[TunedModel]) -> list[CostLine]:
    """What was paid, which is more than planned when a job that the plan counted on was lost."""
    paid, models = paid_costs(step.ledger, step.run_id), {one.candidate.fingerprint: one for one in tuned}
    lines = []
    for candidate in plan.candidates:
        cost, model = paid.get(candidate.fingerprint), models.get(candidate.fingerprint)
        label = f"Tuning {candidate.label}"
        if model and model.adopted:
            lines.append(CostLine(label, 0.0, "reused, paid for by an earlier run"))
        elif cost:
            note = f"{cost.tokens:,} tokens, estimated{'' if model else '; no model came of it'}"
            lines.append(CostLine(label, cost.usd, note))
    return lines


def _answer_costs(evaluation: Evaluation) -> list[CostLine]:
    lines = []
    for result in evaluation.systems:
        note = (
            f"{result.prompt_tokens + result.output_tokens:,} tokens; answers kept from earlier runs are not paid again"
        )
        lines.append(CostLine(f"Answers of {result.system.role} {result.system.name}", result.cost_usd, note))
    lines += [
        CostLine(
            f"Judge {one.name}",
            one.cost_usd,
            f"{one.questions:,} questions, estimated; kept verdicts are not paid again",
        )
        for one in evaluation.judges
    ]
    return lines
