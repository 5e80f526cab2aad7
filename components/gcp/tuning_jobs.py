"""The tuning service: create, find, read and cancel supervised tuning jobs."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from components.gcp.clients import genai_client
from components.gcp.cloud_settings import CloudSettings
from components.gcp.model_registry import ModelRegistry
from components.gcp.service_errors import as_service_error

if TYPE_CHECKING:
    from google.genai import types

FINGERPRINT_LABEL = "retune-fingerprint"
RUN_LABEL = "retune-run"
_LABEL_LENGTH = 63  # label values are limited to 63 characters; a SHA-256 has 64

ADAPTER_SIZES = {
    1: "ADAPTER_SIZE_ONE",
    2: "ADAPTER_SIZE_TWO",
    4: "ADAPTER_SIZE_FOUR",
    8: "ADAPTER_SIZE_EIGHT",
    16: "ADAPTER_SIZE_SIXTEEN",
}
ENDED_WELL = frozenset({"JOB_STATE_SUCCEEDED", "JOB_STATE_PARTIALLY_SUCCEEDED"})
"""google-genai's `has_ended` does not know PARTIALLY_SUCCEEDED and would be polled for ever (types.py, 2.34)."""
ENDED_BADLY = frozenset({"JOB_STATE_FAILED", "JOB_STATE_CANCELLED", "JOB_STATE_EXPIRED"})

LOST = ENDED_BADLY | {"JOB_STATE_CANCELLING"}
"""States from which no tuned model comes any more."""


@dataclass(frozen=True)
class TuningRequest:
    """What one tuning job is asked to do.

    Attributes:
        fingerprint: SHA-256 (hex) that identifies the job; kept as a label.
        base_model: Publisher model identifier.
        epochs: Passes over the training file.
        learning_rate_multiplier: Factor on the recommended learning rate.
        adapter_size: 1, 2, 4, 8 or 16.
        train_uri: `gs://` address of the training file.
        validation_uri: `gs://` address of the validation file; empty without one.
        display_name: Display name of the tuned model, at most 128 characters.
        labels: Further labels of job, model and endpoint.
    """

    fingerprint: str
    base_model: str
    epochs: int
    learning_rate_multiplier: float
    adapter_size: int
    train_uri: str
    validation_uri: str
    display_name: str
    labels: dict[str, str]


@dataclass(frozen=True)
class JobStatus:
    """What the service says about a tuning job now.

    Attributes:
        name: Resource name.
        state: `JOB_STATE_…`.
        message: The service's error message; empty without one.
        completed_epochs: Epochs done so far; 0 where the service does not say.
        model: Registry name with version once the job ended well, else empty.
        endpoint: Endpoint of the default checkpoint once the job ended well, else empty.
        billable_tokens: Tokens that the service bills; 0 until reported.
        dropped_examples: Examples that the service dropped from the training file.
        metrics_uri: Where the service wrote the training metrics; empty where it did not.
    """

    name: str
    state: str
    message: str
    completed_epochs: int
    model: str
    endpoint: str
    billable_tokens: int
    dropped_examples: int
    metrics_uri: str


class TuningJobs:
    """Supervised tuning jobs of one project and region."""

    def __init__(self, cloud: CloudSettings) -> None:
        self._cloud = cloud
        # The client is kept, because google-genai closes its connections when the client is collected.
        self._client = genai_client(cloud.project, cloud.location)

    def create(self, request: TuningRequest) -> JobStatus:
        """Start one paid tuning job. Never retried here: the API has no request identifier.

        Raises:
            RetuneError: `SERVICE-REFUSED` when nothing was started; `SERVICE-UNAVAILABLE` when it is not known
                whether a job was started.
        """
        from google.genai import types

        account = self._cloud.tuning_service_account
        validation = request.validation_uri
        config = types.CreateTuningJobConfig(
            # google-genai 2.34 has no field for the account; extra_body reaches the request unchanged.
            http_options=types.HttpOptions(extra_body={"serviceAccount": account}) if account else None,
            validation_dataset=types.TuningValidationDataset(gcs_uri=validation) if validation else None,
            tuned_model_display_name=request.display_name[:128],
            epoch_count=request.epochs,
            learning_rate_multiplier=request.learning_rate_multiplier,
            adapter_size=types.AdapterSize(ADAPTER_SIZES[request.adapter_size]),
            labels={**request.labels, FINGERPRINT_LABEL: request.fingerprint[:_LABEL_LENGTH]},
        )
        with as_service_error("starting the tuning job", request.display_name), warnings.catch_warnings():
            warnings.simplefilter("ignore")  # google-genai announces at every call that tune() is experimental
            job = self._client.tunings.tune(
                base_model=request.base_model,
                training_dataset=types.TuningDataset(gcs_uri=request.train_uri),
                config=config,
            )
        return _status(job)

    def find(self, fingerprint: str) -> list[JobStatus]:
        """All jobs that were ever started for a fingerprint, oldest first.

        The list is filtered here as well, because label filters are not documented for tuning jobs
        (gemini tuning reference, "open questions").
        """
        from google.genai import types

        label = fingerprint[:_LABEL_LENGTH]
        config = types.ListTuningJobsConfig(filter=f'labels.{FINGERPRINT_LABEL}="{label}"', page_size=100)
        with as_service_error("listing the tuning jobs"):
            listed = self._client.tunings.list(config=config)
            jobs = [job for job in listed if (job.labels or {}).get(FINGERPRINT_LABEL) == label]
        return [self._with_model(_status(job)) for job in sorted(jobs, key=lambda job: str(job.create_time))]

    def _with_model(self, status: JobStatus) -> JobStatus:
        """The status; a job whose model was deleted since counts as expired, so that the model can be tuned again."""
        if not status.model or ModelRegistry(self._cloud).find(status.model):
            return status
        return replace(status, state="JOB_STATE_EXPIRED")

    def get(self, name: str) -> JobStatus:
        """The job's status now."""
        with as_service_error("reading the tuning job", name):
            return _status(self._client.tunings.get(name=name))

    def cancel(self, name: str) -> None:
        """Ask the service to cancel the job; it ends as JOB_STATE_CANCELLED some time later."""
        with as_service_error("cancelling the tuning job", name):
            self._client.tunings.cancel(name=name)


def _status(job: types.TuningJob) -> JobStatus:
    tuned = job.tuned_model
    stats = job.tuning_data_stats.supervised_tuning_data_stats if job.tuning_data_stats else None
    progress = job.tuning_job_metadata
    return JobStatus(
        name=str(job.name),
        state=job.state.value if job.state else "JOB_STATE_UNSPECIFIED",
        message=(job.error.message or "") if job.error else "",
        completed_epochs=int(progress.completed_epoch_count or 0) if progress else 0,
        model=(tuned.model or "") if tuned else "",
        endpoint=(tuned.endpoint or "") if tuned else "",
        billable_tokens=int(stats.total_billable_token_count or 0) if stats else 0,
        dropped_examples=int(stats.total_truncated_example_count or 0) if stats else 0,
        metrics_uri=job.gcs_metrics_uri or "",
    )
