"""Turns the evaluation of a run into a verdict and a report."""

from __future__ import annotations

from components.dataset_validation.validate import read_snapshot
from components.evaluation.evaluation import Evaluation
from components.evaluation.gate import Decision, decide
from components.evaluation.gate_settings import GateSettings
from components.evaluation.report import render_report
from components.evaluation.report_data import ReportData
from components.evaluation.report_markdown import render_summary
from components.evaluation.report_of_run import report_of_run
from components.run_planning.plan_run import read_plan
from components.step import Step
from components.supervised_tuning.failed_candidate import tuned_models


def decide_run(step: Step, snapshot_uri: str, plan_uri: str, evaluation_uri: str) -> tuple[Decision, ReportData]:
    """The gate's decision and everything that its report shows; the report is stored as page, summary and record.

    Raises:
        RetuneError: `GATE-…`, see `gate`.
    """
    evaluation = Evaluation.from_json(step.storage.read(evaluation_uri))
    decision = decide(evaluation, step.section("gate", GateSettings))
    snapshot, plan = read_snapshot(step.storage, snapshot_uri), read_plan(step, plan_uri)
    data = report_of_run(step, snapshot, plan, tuned_models(step, plan), evaluation, decision)
    step.storage.write(step.ledger.run_uri(step.run_id, "report.json"), data.to_json())
    for name, text, kind in (
        ("report.html", render_report(data), "text/html"),
        ("report.md", render_summary(data), "text/markdown"),
    ):
        step.storage.write(step.ledger.run_uri(step.run_id, name), text.encode(), content_type=f"{kind}; charset=utf-8")
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
    if evaluation.embedding is not None:
        note = f"{evaluation.embedding.texts:,} texts; kept vectors are not paid again"
        lines.append(CostLine(f"Embeddings by {evaluation.embedding.model}", evaluation.embedding.cost_usd, note))
    return lines
    return decision, data
