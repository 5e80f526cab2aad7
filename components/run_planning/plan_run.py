"""The planning task: makes the plan of a run from the snapshot, the ledger and the tuning service."""

from __future__ import annotations

import datetime

import msgspec

from components.run_planning.plan import Plan
from components.run_planning.planned_dataset import stored_dataset
from components.run_planning.planner import plan_run
from components.run_planning.records import read_records
from components.run_planning.run_configuration import read_configuration
from components.step import Step

_SKEW = datetime.timedelta(days=1)


def make_plan(step: Step, snapshot_uri: str, force: bool, now: datetime.datetime | None = None) -> Plan:
    """What the run will do, decided before anything is paid for.

    Raises:
        RetuneError: `BUDGET-…`, and what `plan_run` refuses.
    """
    today, skewed = _today(step, now or datetime.datetime.now(datetime.UTC))
    dataset = stored_dataset(step.storage, snapshot_uri)
    planned = plan_run(
        dataset, read_configuration(step.config), read_records(step), today, ask_service=True, force=force
    )
    if planned.refusal:
        raise planned.refusal
    plan = msgspec.structs.replace(planned.plan, warnings=[*skewed, *planned.plan.warnings])
    most = plan.tuning_usd_high + plan.evaluation_usd
    print(
        f"{plan.decision}: {plan.reason}; tuning about ${plan.tuning_usd:.2f}, answers about "
        f"${plan.evaluation_usd:.2f}, together at most ${most:.2f}",
        flush=True,
    )
    for base_model, count in plan.tokens.items():
        print(f"tokens of {base_model}: {count.in_words}", flush=True)
    for warning in plan.warnings:
        print(f"warning: {warning}", flush=True)
    return plan


def _today(step: Step, here: datetime.datetime) -> tuple[datetime.date, list[str]]:
    """The date, and a warning when this machine's clock is wrong.

    A wrong date would take a retired model for one on offer, or the other way round. The validation of this run has
    just written a record, and Cloud Storage says when.
    """
    there = step.storage.written_at(step.ledger.run_uri(step.run_id, "dataset.json"))
    if there is None or abs(here - there) <= _SKEW:
        return here.date(), []
    warning = f"the clock of this machine says {here:%Y-%m-%d}, the service's {there:%Y-%m-%d}, which counts"
    return there.date(), [warning]


def candidate_fingerprints(step: Step, plan_uri: str) -> list[str]:
    """The candidates' fingerprints, over which the pipeline loops.

    A task of its own, because a loop over a named output fails in kfp.local 2.17.
    """
    return [candidate.fingerprint for candidate in read_plan(step, plan_uri).candidates]


def read_plan(step: Step, uri: str) -> Plan:
    """The plan that `make_plan` stored."""
    return msgspec.json.decode(step.storage.read(uri), type=Plan)
