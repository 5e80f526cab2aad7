"""The budget once more, when a job that the plan counted on turns out to be lost and would have to be paid for."""

from __future__ import annotations

from collections.abc import Callable

from components.gcp.tuning_status import LOST, JobStatus
from components.run_planning.costs import check_budget
from components.run_planning.plan import CandidateCost, Plan
from components.run_planning.settings import TuningSettings
from components.step import Step
from components.supervised_tuning.paid_cost import cost_when_paid


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

    def is_lost(cost: CandidateCost) -> bool:
        return bool(cost.existing_job) and all(job.state in LOST for job in find(cost.fingerprint))

    costs = [cost_when_paid(step, plan, cost) if is_lost(cost) else cost for cost in plan.costs]
    check_budget(costs, plan.evaluation, step.section("tuning", TuningSettings))
