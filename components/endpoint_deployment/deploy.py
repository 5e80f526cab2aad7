"""Deploys the registered winner of a run."""

from __future__ import annotations

from components.base_models.resolved import base_models
from components.dataset_validation.validate import read_snapshot
from components.endpoint_deployment.release import release
from components.endpoint_deployment.release_record import Approval, Evidence, Release
from components.endpoint_deployment.settings import ServingSettings
from components.endpoint_deployment.shadow_check import check_on_logged_prompts
from components.evaluation.evaluate_run import evaluated_champion, read_test_set
from components.evaluation.gate import Decision
from components.evaluation.settings import EvaluationSettings
from components.model_registration.register import read_winner
from components.run_planning.plan_run import read_plan
from components.step import Step


def deploy_model(step: Step, fingerprint: str, snapshot_uri: str, plan_uri: str) -> Release:
    """The release of the run's winner, after it answered probes made from the test set's first prompts.

    With `serving.shadow` it is asked logged prompts first, before the rollout begins, so that a rollback need not wait.

    Raises:
        RetuneError: See `check_on_logged_prompts` and `release`.
    """
    tuned = read_winner(step, fingerprint)
    decision = step.ledger.read_run(step.run_id, "decision.json", Decision)
    approval = step.ledger.read_run(step.run_id, "approval.json", Approval)
    compared_with = evaluated_champion(step)
    shadow_uri = check_on_logged_prompts(step, tuned, compared_with)
    evidence = Evidence(
        reasons=decision.reasons if decision else [],
        evaluation_uri=step.ledger.run_uri(step.run_id, "evaluation.json"),
        report_uri=step.ledger.run_uri(step.run_id, "report.html"),
        plan_key=read_plan(step, plan_uri).plan_key,
        compared_with=compared_with,
        by=approval.by if approval else "",
        why=approval.why if approval else "",
        snapshot_uri=snapshot_uri,
        origin=approval.origin if approval else None,
        shadow_uri=shadow_uri,
    )
    examples = read_test_set(
        step, read_snapshot(step.storage, snapshot_uri), step.section("evaluation", EvaluationSettings)
    )
    requests = [example.request for example in examples[: step.section("serving", ServingSettings).probes]]
    return release(step, tuned, base_models(step.config)[tuned.candidate.base_model], evidence, requests)
