"""The budget once more, when a job that the plan counted on turns out to be lost and would have to be paid for."""

from __future__ import annotations

from collections.abc import Callable

from components.base_models.resolved import base_models
from components.errors import configuration_error
from components.gcp.tuning_status import LOST, JobStatus
from components.run_planning.costs import check_budget
from components.run_planning.plan import CandidateCost, Plan
from components.run_planning.settings import TuningSettings
from components.step import Step


def check_late_budget(step: Step, plan: Plan, fingerprint: str, find: Callable[[str], list[JobStatus]]) -> None:
    """Return when the job of a candidate may be paid for.

    Every candidate whose existing job is lost counts, not this one alone, because all of them are started again at the
    same time.

    Args:
        step: The running step.
        plan: The run's plan.
        fingerprint: The candidate that is about to be paid for.
        find: All jobs of a fingerprint.

    Raises:
        RetuneError: `BUDGET-EXCEEDED`, `BUDGET-PRICE-UNKNOWN`.
    """
    planned = {cost.fingerprint: cost for cost in plan.costs}
    if not planned[fingerprint].existing_job:
        return
    print(f"the job that the plan counted on is lost: {planned[fingerprint].existing_job}", flush=True)
    costs = [_cost_now(step, plan, cost, find) for cost in plan.costs]
    check_budget(costs, plan.evaluation, step.section("tuning", TuningSettings))


def _cost_now(step: Step, plan: Plan, cost: CandidateCost, find: Callable[[str], list[JobStatus]]) -> CandidateCost:
    if not cost.existing_job or any(job.state not in LOST for job in find(cost.fingerprint)):
        return cost
    candidate = next(one for one in plan.candidates if one.fingerprint == cost.fingerprint)
    base_model = candidate.base_model
    price = base_models(step.config)[base_model].prices.training
    if price is None:
        raise configuration_error(
            "BUDGET-PRICE-UNKNOWN",
            f"the tuning job that the plan would have reused is lost, and no training price is known for {base_model}",
            "set that price in the configuration, in US dollars per million tokens, and start the run again",
            f"base_models.{base_model}.prices.training",
        )
    high = plan.tokens[base_model].high * candidate.epochs
    return CandidateCost(cost.fingerprint, cost.tokens, cost.tokens * price / 1e6, "", usd_high=high * price / 1e6)
