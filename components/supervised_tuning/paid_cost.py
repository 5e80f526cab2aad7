"""What a candidate's tuning job costs the run, as it turned out: the plan may have counted on another one."""

from __future__ import annotations

from components.base_models.resolved import base_models
from components.errors import configuration_error
from components.gcp.ledger import Ledger
from components.run_planning.costs import tuning_costs
from components.run_planning.plan import CandidateCost, Plan
from components.step import Step
from components.supervised_tuning.launch import Launch

_FOLDER = "tuning_costs"


def keep_paid_cost(step: Step, plan: Plan, fingerprint: str, launch: Launch) -> None:
    """Record what the job costs this run; a task that is started again finds the same job and says the same.

    Args:
        step: The running step.
        plan: The run's plan.
        fingerprint: The candidate.
        launch: Its job.
    """
    planned = next(cost for cost in plan.costs if cost.fingerprint == fingerprint)
    if launch.adopted:
        cost = CandidateCost(fingerprint, planned.tokens, 0.0, launch.job.name, usd_low=0.0, usd_high=0.0)
    else:
        cost = cost_when_paid(step, plan, planned)
    step.ledger.write_run(step.run_id, f"{_FOLDER}/{fingerprint}.json", cost)


def paid_costs(ledger: Ledger, run_id: str) -> dict[str, CandidateCost]:
    """What the run's tuning jobs cost it, by fingerprint; nothing for a candidate that never had a job in this run."""
    return {cost.fingerprint: cost for cost in ledger.read_folder(run_id, _FOLDER, CandidateCost)}


def cost_when_paid(step: Step, plan: Plan, planned: CandidateCost) -> CandidateCost:
    """The cost of a candidate whose job this run pays for, even where the plan counted on a job that was there.

    Raises:
        RetuneError: `BUDGET-PRICE-UNKNOWN`, the plan needed no price and none is known.
    """
    if not planned.existing_job:
        return planned
    candidate = next(one for one in plan.candidates if one.fingerprint == planned.fingerprint)
    known = base_models(step.config)
    if known[candidate.base_model].prices.training is None:
        raise configuration_error(
            "BUDGET-PRICE-UNKNOWN",
            "the tuning job that the plan would have reused is lost, and no training price is known for "
            f"{candidate.base_model}",
            "set that price in the configuration, in US dollars per million tokens, and start the run again",
            f"base_models.{candidate.base_model}.prices.training",
        )
    (paid,) = tuning_costs([candidate], plan.tokens, known, lambda _: "")
    return paid
