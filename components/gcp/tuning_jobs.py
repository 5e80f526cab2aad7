"""The tuning service: create, find, read and cancel supervised tuning jobs."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from components.errors import RetuneError
from components.gcp.clients import genai_client
from components.gcp.cloud_settings import CloudSettings
from components.gcp.model_registry import ModelRegistry
from components.gcp.service_errors import as_service_error
from components.gcp.tuning_status import FINGERPRINT_LABEL, LABEL_LENGTH, JobStatus, read_status

if TYPE_CHECKING:
    from google.genai import types

ADAPTER_SIZES = {
    1: "ADAPTER_SIZE_ONE",
    2: "ADAPTER_SIZE_TWO",
    4: "ADAPTER_SIZE_FOUR",
    8: "ADAPTER_SIZE_EIGHT",
    16: "ADAPTER_SIZE_SIXTEEN",
}


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
            labels={**request.labels, FINGERPRINT_LABEL: request.fingerprint[:LABEL_LENGTH]},
        )
        with as_service_error("starting the tuning job", request.display_name), warnings.catch_warnings():
            warnings.simplefilter("ignore")  # google-genai announces at every call that tune() is experimental
            job = self._client.tunings.tune(
                base_model=request.base_model,
                training_dataset=types.TuningDataset(gcs_uri=request.train_uri),
                config=config,
            )
        return read_status(job)

    def find(self, fingerprint: str) -> list[JobStatus]:
        """All jobs that were ever started for a fingerprint, oldest first.

        Label filters are not documented for tuning jobs (gemini tuning reference, "open questions"): a service that
        refuses the filter is asked for all jobs, and what it lists is filtered here in any case.
        """
        label = fingerprint[:LABEL_LENGTH]
        try:
            jobs = self._list(f'labels.{FINGERPRINT_LABEL}="{label}"')
        except RetuneError as error:
            if error.code != "SERVICE-REFUSED":
                raise
            jobs = self._list(None)
        wanted = (job for job in jobs if (job.labels or {}).get(FINGERPRINT_LABEL) == label)
        return sorted((self._with_model(read_status(job)) for job in wanted), key=lambda job: job.created)

    def _list(self, wanted: str | None) -> list[types.TuningJob]:
        from google.genai import types

        with as_service_error("listing the tuning jobs"):
            return list(self._client.tunings.list(config=types.ListTuningJobsConfig(filter=wanted, page_size=100)))

    def _with_model(self, status: JobStatus) -> JobStatus:
        """The status; a job whose model was deleted since counts as expired, so that the model can be tuned again."""
        if not status.model or ModelRegistry(self._cloud).find(status.model):
            return status
        return replace(status, state="JOB_STATE_EXPIRED")

    def get(self, name: str) -> JobStatus:
        """The job's status now."""
        with as_service_error("reading the tuning job", name):
            return read_status(self._client.tunings.get(name=name))

    def cancel(self, name: str) -> None:
        """Ask the service to cancel the job; it ends as JOB_STATE_CANCELLED some time later."""
        with as_service_error("cancelling the tuning job", name):
            self._client.tunings.cancel(name=name)
