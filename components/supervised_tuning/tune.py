"""Tunes one candidate and describes the result."""

from __future__ import annotations

from components.clock import Clock
from components.dataset_validation.validate import read_snapshot
from components.gcp.console import write_gcp_resources
from components.gcp.tuning_jobs import TuningJobs
from components.gcp.tuning_metrics import read_epoch_metrics
from components.run_planning.plan_run import read_plan
from components.run_planning.settings import TuningSettings
from components.run_planning.tuning_request import tuning_request
from components.step import Step
from components.supervised_tuning.launch import Launcher
from components.supervised_tuning.tuned_model import TunedModel
from components.supervised_tuning.wait import cancelling_on_termination, wait_for_job


def tune_candidate(step: Step, fingerprint: str, plan_uri: str, snapshot_uri: str, resources_path: str) -> TunedModel:
    """The tuned model of a candidate of the plan, from the one job of its fingerprint.

    The job reads the snapshot, so what was validated is what is tuned.

    Args:
        step: The running step.
        fingerprint: Which candidate.
        plan_uri: Address of the plan.
        snapshot_uri: Address of the snapshot.
        resources_path: Local file of the `gcp_resources` output, written as soon as the job is known.

    Raises:
        RetuneError: `TUNE-…` and `SERVICE-…`, see `launch` and `wait`.
    """
    candidate = next(one for one in read_plan(step, plan_uri).candidates if one.fingerprint == fingerprint)
    request = tuning_request(step, candidate, read_snapshot(step.storage, snapshot_uri))
    settings, jobs, clock = step.section("tuning", TuningSettings), TuningJobs(step.cloud), Clock()
    launch = Launcher(jobs, step.ledger, step.run_id, clock).launch(request)
    print(f"{'adopted' if launch.adopted else 'started'} {launch.job.name}", flush=True)
    write_gcp_resources(resources_path, launch.job.name, "TuningJob")
    with cancelling_on_termination(jobs, launch.job):
        job = wait_for_job(jobs, launch.job, settings, clock)
    return TunedModel(
        candidate=candidate,
        tuning_job=job.name,
        model=job.model,
        endpoint=job.endpoint,
        adopted=launch.adopted,
        billable_tokens=job.billable_tokens,
        epochs=read_epoch_metrics(step.storage, job.metrics_uri),
    )
