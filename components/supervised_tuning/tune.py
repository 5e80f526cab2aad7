"""Tunes one candidate: launches or adopts its job, waits for it, and describes the result."""

from __future__ import annotations

from functools import partial

from components.clock import Clock
from components.dataset_validation.validate import read_snapshot
from components.gcp.console import write_gcp_resources
from components.gcp.tuning_jobs import TuningJobs
from components.gcp.tuning_status import JobStatus
from components.run_planning.candidate import Candidate
from components.run_planning.plan_run import read_plan
from components.run_planning.settings import TuningSettings
from components.run_planning.tuning_request import tuning_request
from components.step import Step
from components.supervised_tuning.deadline import longest_wait_s
from components.supervised_tuning.ending import cancelled_run
from components.supervised_tuning.failed_candidate import keep_result, tune_beside_others
from components.supervised_tuning.late_budget import check_late_budget
from components.supervised_tuning.launch import Launch, Launcher
from components.supervised_tuning.owner import living_owner
from components.supervised_tuning.paid_cost import keep_paid_cost
from components.supervised_tuning.progress import ProgressLog, TuningProgress
from components.supervised_tuning.result import describe_result
from components.supervised_tuning.termination import Terminated, Termination
from components.supervised_tuning.tuned_model import TunedModel
from components.supervised_tuning.wait import wait_for_job


def tune_or_leave(
    step: Step, task: str, fingerprint: str, plan_uri: str, snapshot_uri: str, resources_path: str
) -> tuple[TunedModel | None, str]:
    """The tuned model of a candidate and the address of its record; None and a failure's, where others go on.

    Raises:
        RetuneError: See `tune_candidate` and `failed_candidate`.
    """
    tuned = tune_beside_others(
        step,
        task,
        fingerprint,
        plan_uri,
        resources_path,
        lambda: tune_candidate(step, fingerprint, plan_uri, snapshot_uri, resources_path),
    )
    return tuned, keep_result(step, fingerprint, tuned)


def tune_candidate(
    step: Step, fingerprint: str, plan_uri: str, snapshot_uri: str, resources_path: str, clock: Clock | None = None
) -> TunedModel:
    """The tuned model of a candidate of the plan, from the one job of its fingerprint.

    The job reads the snapshot, so what was validated is what is tuned.

    Args:
        step: The running step.
        fingerprint: Which candidate.
        plan_uri: Address of the plan.
        snapshot_uri: Address of the snapshot.
        resources_path: Local file of the `gcp_resources` output, written as soon as the job is known.
        clock: Time source; the machine's when not given.

    Raises:
        RetuneError: `TUNE-…`, `BUDGET-…` and `SERVICE-…`, see `launch`, `wait`, `ending`, `late_budget` and `result`.
    """
    plan, snapshot = read_plan(step, plan_uri), read_snapshot(step.storage, snapshot_uri)
    candidate = next(one for one in plan.candidates if one.fingerprint == fingerprint)
    request, jobs = tuning_request(step, candidate, snapshot), TuningJobs(step.cloud)
    clock, settings = clock or Clock(), step.section("tuning", TuningSettings)
    launch: Launch | None = None
    with Termination() as termination:
        try:
            launcher = Launcher(jobs, step.ledger, step.run_id, clock, longest_wait_s(settings), termination)
            launch = launcher.launch(request, lambda: check_late_budget(step, plan, fingerprint, launcher.find))
            print(f"{'adopted' if launch.adopted else 'started'} {launch.job.name}", flush=True)
            keep_paid_cost(step, plan, fingerprint, launch)
            write_gcp_resources(resources_path, launch.job.name, "TuningJob")
            owner, progress = partial(living_owner, step.cloud, step.run_id), _progress(step, candidate, clock)
            job = wait_for_job(jobs, launch.job, settings, clock, progress.show, owner)
        except Terminated:
            known: JobStatus | None = launch.job if launch else None
            raise cancelled_run(jobs, step.cloud, step.run_id, fingerprint, known, clock) from None
    return describe_result(step, candidate, snapshot, job, adopted=launch.adopted, clock=clock)


def _progress(step: Step, candidate: Candidate, clock: Clock) -> ProgressLog:
    def keep(progress: TuningProgress) -> None:
        step.ledger.write_run(step.run_id, f"progress/{candidate.fingerprint}.json", progress)

    return ProgressLog(candidate.label, candidate.epochs, clock, keep)
