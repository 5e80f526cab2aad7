"""Makes the plan of a run from the snapshot, the ledger and the tuning service."""

from __future__ import annotations

import datetime
import json

import msgspec

from components.base_models.resolved import base_models
from components.dataset_validation.validate import read_snapshot
from components.gcp.tuning_jobs import TuningJobs
from components.gcp.tuning_status import LOST
from components.run_planning.plan import Plan, plan_key
from components.run_planning.planner import (
    check_base_models,
    check_budget,
    decide_plan,
    estimate_costs,
    evaluation_cost,
    make_candidates,
)
from components.run_planning.settings import TuningSettings
from components.step import Step


def make_plan(step: Step, snapshot_uri: str, force: bool) -> Plan:
    """What the run will do, decided before anything is paid for.

    Raises:
        RetuneError: `MODEL-…` and `BUDGET-…`, see `planner`.
    """
    snapshot = read_snapshot(step.storage, snapshot_uri)
    settings = step.section("tuning", TuningSettings)
    catalogue = base_models(step.config)
    candidates = make_candidates(snapshot.sha256, settings)
    warnings = check_base_models(settings, catalogue, step.cloud.location, datetime.datetime.now(datetime.UTC).date())
    jobs = TuningJobs(step.cloud)
    sections = json.loads(step.config)
    rules = {"evaluation": sections["evaluation"], "gate": sections["gate"]}
    key = plan_key(snapshot.sha256, [candidate.fingerprint for candidate in candidates], rules)
    seen = step.ledger.champion()
    champion = seen[0] if seen else None
    decision, reason = decide_plan(key, champion, step.ledger.read_outcome(key), force)
    costs = estimate_costs(snapshot, candidates, catalogue, lambda fingerprint: _usable_job(jobs, fingerprint))
    plan = Plan(
        decision=decision,
        reason=reason,
        plan_key=key,
        candidates=candidates,
        costs=costs,
        tuning_usd=check_budget(costs, settings),
        evaluation_usd=evaluation_cost(snapshot, candidates, catalogue, champion is not None),
        warnings=warnings,
    )
    print(f"{plan.decision}: {plan.reason}; tuning about ${plan.tuning_usd:.2f}", flush=True)
    return plan


def candidate_fingerprints(step: Step, plan_uri: str) -> list[str]:
    """The candidates' fingerprints, over which the pipeline loops.

    A task of its own, because a loop over a named output fails in kfp.local 2.17.
    """
    return [candidate.fingerprint for candidate in read_plan(step, plan_uri).candidates]


def read_plan(step: Step, uri: str) -> Plan:
    """The plan that `make_plan` stored."""
    return msgspec.json.decode(step.storage.read(uri), type=Plan)


def _usable_job(jobs: TuningJobs, fingerprint: str) -> str:
    return next((job.name for job in jobs.find(fingerprint) if job.state not in LOST), "")
