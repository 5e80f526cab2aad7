"""Whose tuning job it is: one that another run started is that run's to cancel for as long as that run lives."""

from __future__ import annotations

from components.errors import RetuneError
from components.gcp.cloud_settings import CloudSettings
from components.gcp.pipeline_jobs import PipelineJobs
from components.gcp.service_errors import TRANSIENT
from components.gcp.tuning_status import LABEL_LENGTH, JobStatus


def living_owner(cloud: CloudSettings, run_id: str, job: JobStatus) -> str:
    """The other run that started the job and still waits for it; empty when the job is this run's to cancel.

    A service that does not say whether that run lives is taken for a yes: the job was paid for, and its own run cancels
    it in time.

    Args:
        cloud: Where the runs' pipeline jobs are.
        run_id: This run.
        job: The job that it waits for.
    """
    if job.run_id in ("", run_id[:LABEL_LENGTH]):
        return ""
    try:
        runs = PipelineJobs(cloud)
        return "" if runs.get(runs.name_of(job.run_id)).ended else job.run_id
    except RetuneError as error:
        return job.run_id if error.code in TRANSIENT else ""
