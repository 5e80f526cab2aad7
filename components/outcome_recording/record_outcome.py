"""Keeps how a run ended, where the next plan and the command line find it."""

from __future__ import annotations

from components.evaluation.evaluate_run import evaluated_champion
from components.evaluation.gate import Decision
from components.evaluation.limit_checks import GATHERED_RULES
from components.gcp.ledger import LastSuccess
from components.outcome_recording.outcome import Outcome
from components.run_planning.plan import Plan
from components.run_planning.plan_run import read_plan
from components.step import Step
from components.supervised_tuning.spare_endpoints import remove_spare_endpoints


def keep_outcome(step: Step, trigger: str, plan_uri: str) -> Outcome:
    """The run's outcome, stored with the run and, unless it was skipped, under the plan's key.

    A candidate that did not win keeps its registry entry and the endpoint of its chosen checkpoint, which cost nothing
    until they are called; the endpoints of the other checkpoints are removed.
    """
    plan = read_plan(step, plan_uri)
    decision = step.ledger.read_run(step.run_id, "decision.json", Decision)
    outcome = _skipped(step, trigger, plan) if decision is None else _decided(step, trigger, plan, decision)
    step.ledger.write_run(step.run_id, "outcome.json", outcome)
    # Where answers or ratings were missing the next run must ask again, not skip.
    if decision is not None and not any(
        check.rule in GATHERED_RULES and check.outcome != "passed" for check in decision.checks
    ):
        step.ledger.write_outcome(plan.plan_key, outcome)
        step.ledger.write_last_success(LastSuccess(step.run_id, plan.train_uri))
    if decision is not None:
        remove_spare_endpoints(step, plan)
    return outcome


def _skipped(step: Step, trigger: str, plan: Plan) -> Outcome:
    earlier = step.ledger.read_outcome(plan.plan_key) or {}
    model, endpoint = _serving(step)
    report = str(earlier.get("report_uri", ""))
    return Outcome(step.run_id, trigger, "skipped", [plan.reason], plan.plan_key, model, endpoint, report)


def _decided(step: Step, trigger: str, plan: Plan, decision: Decision) -> Outcome:
    compared_with, (_, endpoint) = evaluated_champion(step), _serving(step)
    report = step.ledger.run_uri(step.run_id, "report.html")
    return Outcome(
        step.run_id, trigger, decision.verdict, decision.reasons, plan.plan_key, compared_with, endpoint, report
    )


def _serving(step: Step) -> tuple[str, str]:
    seen = step.ledger.champion()
    return (seen[0].model, seen[0].endpoint) if seen else ("", "")
