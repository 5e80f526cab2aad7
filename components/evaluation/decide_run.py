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
    return decision, data
