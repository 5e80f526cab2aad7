"""Batch prediction: files of requests answered at half the price, some time later."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from components.gcp.clients import gapic_client
from components.gcp.cloud_settings import CloudSettings
from components.gcp.service_errors import as_service_error

if TYPE_CHECKING:
    from google.cloud.aiplatform_v1 import JobServiceClient
    from google.cloud.aiplatform_v1.types import BatchPredictionJob

BATCH_LABEL = "retune-batch"
ENDED_WITH_ANSWERS = frozenset({"JOB_STATE_SUCCEEDED", "JOB_STATE_PARTIALLY_SUCCEEDED", "JOB_STATE_CANCELLED"})
"""A cancelled job leaves the rows that were completed (batch inference from Cloud Storage)."""
ENDED = ENDED_WITH_ANSWERS | {"JOB_STATE_FAILED", "JOB_STATE_EXPIRED"}


@dataclass(frozen=True)
class BatchStatus:
    """What the service says about a job now.

    Attributes:
        name: Resource name.
        state: `JOB_STATE_…`.
        message: The service's error message; empty without one.
        output_uri: `gs://` folder of its output; empty while there is none.
    """

    name: str
    state: str
    message: str
    output_uri: str


class BatchJobs:
    """Batch prediction jobs of one project and location.

    Args:
        cloud: The project, and the key for jobs of the key's region.
        location: Where the model answers, which need not be the project's region.
    """

    def __init__(self, cloud: CloudSettings, location: str) -> None:
        from google.cloud.aiplatform_v1 import JobServiceClient

        self._parent = f"projects/{cloud.project}/locations/{location}"
        self._kms_key = cloud.key_in(location)
        self._jobs: JobServiceClient = gapic_client(JobServiceClient, location)

    def find(self, identity: str) -> BatchStatus | None:
        """The newest job with that identity that did not fail; None when there is none."""
        from google.cloud.aiplatform_v1.types import ListBatchPredictionJobsRequest

        wanted = ListBatchPredictionJobsRequest(parent=self._parent, filter=f'labels.{BATCH_LABEL}="{identity}"')
        with as_service_error("listing the batch prediction jobs", self._parent):
            found = [job for job in self._jobs.list_batch_prediction_jobs(wanted) if _usable(job)]
        return _status(max(found, key=lambda job: str(job.create_time))) if found else None

    def create(self, identity: str, model: str, input_uri: str, output_uri: str) -> BatchStatus:
        """Start a job.

        Args:
            identity: Label by which `find` finds it, at most 63 characters.
            model: Publisher model identifier, or registry name with version.
            input_uri: `gs://` address of the requests, one JSON object with `request` per line.
            output_uri: `gs://` folder to write below.

        Raises:
            RetuneError: `SERVICE-…`.
        """
        from google.cloud.aiplatform_v1.types import BatchPredictionJob, EncryptionSpec, GcsDestination, GcsSource

        job = BatchPredictionJob(
            display_name=f"retune {identity}",
            model=model if "/" in model else f"publishers/google/models/{model}",
            input_config=BatchPredictionJob.InputConfig(
                instances_format="jsonl", gcs_source=GcsSource(uris=[input_uri])
            ),
            output_config=BatchPredictionJob.OutputConfig(
                predictions_format="jsonl", gcs_destination=GcsDestination(output_uri_prefix=output_uri)
            ),
            labels={BATCH_LABEL: identity},
            encryption_spec=EncryptionSpec(kms_key_name=self._kms_key) if self._kms_key else None,
        )
        with as_service_error("starting the batch prediction job", model):
            return _status(self._jobs.create_batch_prediction_job(parent=self._parent, batch_prediction_job=job))

    def get(self, name: str) -> BatchStatus:
        """The job's status now."""
        with as_service_error("reading the batch prediction job", name):
            return _status(self._jobs.get_batch_prediction_job(name=name))

    def cancel(self, name: str) -> None:
        """Ask the service to end the job; what is answered by then is written."""
        with as_service_error("cancelling the batch prediction job", name):
            self._jobs.cancel_batch_prediction_job(name=name)


def _usable(job: BatchPredictionJob) -> bool:
    return job.state.name not in ENDED - ENDED_WITH_ANSWERS


def _status(job: BatchPredictionJob) -> BatchStatus:
    return BatchStatus(str(job.name), str(job.state.name), job.error.message, job.output_info.gcs_output_directory)
