"""The records of tuning jobs: the job as clients see it, and its plan."""

from __future__ import annotations

from typing import Any

from local_vertex.calls import Json
from local_vertex.clock import timestamp
from local_vertex.context import Context

JOBS, PLANS = "tuningJobs", "tuningPlans"


def find_job(context: Context, name: str) -> Json:
    """The record of a job that exists."""
    job = context.state.get(JOBS, name)
    assert job is not None
    return job


def find_plan(context: Context, name: str) -> Json:
    """The plan of a job that exists: `TuningPlan` as JSON, `serving_location`, `fault`, and `version` once reserved."""
    plan = context.state.get(PLANS, name)
    assert plan is not None
    return plan


def change_job(context: Context, name: str, *, without: tuple[str, ...] = (), **fields: Any) -> None:
    """Set fields of a job and its update time, and take other fields away."""
    job = {**find_job(context, name), **fields, "updateTime": timestamp()}
    context.state.put(JOBS, name, {field: value for field, value in job.items() if field not in without})
