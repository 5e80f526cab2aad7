"""The checkpoints of a tuned model and the endpoint that tuning made for each."""

from __future__ import annotations

from dataclasses import dataclass

from components.gcp.clients import genai_client
from components.gcp.cloud_settings import CloudSettings
from components.gcp.service_errors import as_service_error


@dataclass(frozen=True)
class DeployedCheckpoint:
    """One checkpoint.

    Attributes:
        checkpoint_id: Its identifier in the model.
        endpoint: Resource name of its endpoint.
    """

    checkpoint_id: str
    endpoint: str


def deployed_checkpoints(cloud: CloudSettings, tuning_job: str) -> list[DeployedCheckpoint]:
    """The checkpoints of a job that have an endpoint, in the job's order.

    Raises:
        RetuneError: `SERVICE-…`.
    """
    client = genai_client(cloud.project, cloud.location)
    with as_service_error("reading the checkpoints", tuning_job):
        tuned = client.tunings.get(name=tuning_job).tuned_model
    found = (tuned.checkpoints or []) if tuned else []
    return [DeployedCheckpoint(str(one.checkpoint_id), one.endpoint) for one in found if one.endpoint]
