"""The endpoints that tuning jobs leave: one per checkpoint, which stay until somebody removes them.

Source: the service's page "Checkpoints in supervised tuning" (each checkpoint is deployed to an endpoint of its own
while the job runs; `tunedModel.checkpoints[].endpoint`).
"""

from __future__ import annotations

from dataclasses import dataclass

from components.gcp.clients import genai_client
from components.gcp.cloud_settings import CloudSettings
from components.gcp.service_errors import as_service_error


@dataclass(frozen=True)
class TunedEndpoints:
    """What a tuning job left.

    Attributes:
        job: Resource name of the job.
        model: Registry name with version.
        endpoint: Endpoint of the default checkpoint.
        others: Endpoints of the other checkpoints.
        ended_at: Seconds since the epoch.
    """

    job: str
    model: str
    endpoint: str
    others: tuple[str, ...]
    ended_at: float


def tuned_endpoints(cloud: CloudSettings, key: str, value: str) -> list[TunedEndpoints]:
    """What the finished jobs with a label left.

    The list is filtered here as well, because label filters are not documented for tuning jobs.
    """
    from google.genai import types

    client = genai_client(cloud.project, cloud.location)
    config = types.ListTuningJobsConfig(filter=f'labels.{key}="{value}"', page_size=100)
    with as_service_error("listing the tuning jobs"):
        jobs = [job for job in client.tunings.list(config=config) if (job.labels or {}).get(key) == value]
    return [_left(job) for job in jobs if job.tuned_model and job.tuned_model.model and job.end_time]


def _left(job: object) -> TunedEndpoints:
    from google.genai import types

    assert isinstance(job, types.TuningJob)
    assert job.tuned_model
    assert job.end_time
    endpoint = job.tuned_model.endpoint or ""
    all_endpoints = [one.endpoint or "" for one in job.tuned_model.checkpoints or []]
    return TunedEndpoints(
        job=str(job.name),
        model=str(job.tuned_model.model),
        endpoint=endpoint,
        others=tuple(one for one in all_endpoints if one and one != endpoint),
        ended_at=job.end_time.timestamp(),
    )
