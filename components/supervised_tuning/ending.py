"""What becomes of a tuning job when the run that waits for it is cancelled."""

from __future__ import annotations

from components.clock import Clock
from components.errors import RetuneError, service_error
from components.gcp.cloud_settings import CloudSettings
from components.gcp.tuning_jobs import TuningJobs
from components.gcp.tuning_status import ENDED_WELL, LABEL_LENGTH, LOST, JobStatus
from components.supervised_tuning.owner import living_owner
from components.supervised_tuning.patience import Patience
from components.supervised_tuning.wait import by_hand, cancel_job

PATIENCE_S = 3.0
"""A task that was told to end is killed soon."""


def cancelled_run(
    jobs: TuningJobs, cloud: CloudSettings, run_id: str, fingerprint: str, job: JobStatus | None, clock: Clock
) -> RetuneError:
    """The error of a cancelled run, after its job was cancelled: nobody would wait for it, but it would be paid for.

    A job of another run is left to that run while it lives. When the job is not known yet, because the task was told
    to end while it was being started, it is looked for.

    Args:
        jobs: The tuning service.
        cloud: Where the run's pipeline job is.
        run_id: The cancelled run.
        fingerprint: What was being tuned.
        job: What was waited for; None before there was a job.
        clock: Time source.
    """
    try:
        known = Patience(clock, PATIENCE_S).ask(lambda: [jobs.get(job.name)] if job else jobs.find(fingerprint))
    except RetuneError as error:
        if job is None:
            return _error(f"the run was cancelled; whether a tuning job of it is under way is not known: {error}", "")
        known = [job]
    alive = [one for one in known if one.state not in LOST | ENDED_WELL]
    own = [one for one in alive if one.run_id == run_id[:LABEL_LENGTH]]
    if not alive or (not own and job is None):
        return _error("the run was cancelled; no tuning job of it was under way", job.name if job else "")
    target = (own or alive)[0]
    if owner := living_owner(cloud, run_id, target):
        return _error(f"the run was cancelled; its tuning job is left to run {owner}", target.name)
    outcome = cancel_job(jobs, target.name, clock, PATIENCE_S)
    by_yourself = "" if outcome == "was cancelled" else f". Cancel the job yourself: {by_hand(target.name)}"
    return _error(f"the run was cancelled; its tuning job {outcome}", target.name, by_yourself)


def _error(message: str, where: str, by_yourself: str = "") -> RetuneError:
    return service_error(
        "TUNE-CANCELLED", message, f"start the run again when you want the model after all{by_yourself}", where
    )
