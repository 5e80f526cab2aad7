"""The tuning service: create, find, read and cancel supervised tuning jobs."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

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
    32: "ADAPTER_SIZE_THIRTY_TWO",
}


@dataclass(frozen=True)
class TuningRequest:
    """What one tuning job is asked to do.

    Attributes:
        fingerprint: SHA-256 (hex) that identifies the job; kept as a label.
        base_model: Publisher model identifier.
        epochs: Passes over the training file.
        learning_rate_multiplier: Factor on the recommended learning rate; None for the service's own, and for open
            models, which have a `learning_rate` instead.
        adapter_size: 1, 2, 4, 8, 16 or 32; 0 for none.
        train_uri: `gs://` address of the training file.
        validation_uri: `gs://` address of the validation file; empty without one.
        display_name: Display name of the tuned model; what is beyond 128 characters is cut off.
        labels: Further labels of job, model and endpoint.
        description: Description of the job and its model.
        learning_rate: The rate itself, open models only; None for the service's own.
        batch_size: Examples per step, open models only; None for the service's own.
        tuning_mode: `TUNING_MODE_PEFT_ADAPTER` or `TUNING_MODE_FULL`, open models only; empty for Gemini.
        pre_tuned_model: Registry name of a tuned model to go on from; empty for the base model itself.
        checkpoint: Checkpoint of that model; empty for its default one.
        custom_base_model: `gs://` folder of weights to start from, open models only.
        export_last_checkpoint_only: Keep the last checkpoint alone.
        output_uri: `gs://` folder for the tuned weights; open models need one, Gemini has none.
        kms_key: Resource name of a customer-managed key; empty without one.
        evaluation: `evaluationConfig` as JSON; None when checkpoints are not evaluated.
    """

    fingerprint: str
    base_model: str
    epochs: int
    learning_rate_multiplier: float | None
    adapter_size: int
    train_uri: str
    validation_uri: str
    display_name: str
    labels: dict[str, str]
    description: str = ""
    learning_rate: float | None = None
    batch_size: int | None = None
    tuning_mode: str = ""
    pre_tuned_model: str = ""
    checkpoint: str = ""
    custom_base_model: str = ""
    export_last_checkpoint_only: bool = False
    output_uri: str = ""
    kms_key: str = ""
    evaluation: dict[str, Any] | None = None


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

        config = _config(request, self._cloud.tuning_service_account)
        with as_service_error("starting the tuning job", request.display_name), warnings.catch_warnings():
            warnings.simplefilter("ignore")  # google-genai announces at every call that tune() is experimental
            job = self._client.tunings.tune(
                # A name that begins with `projects/` becomes `preTunedModel` (google-genai 2.34, `tunings.py`).
                base_model=request.pre_tuned_model or request.base_model,
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


def _config(request: TuningRequest, account: str) -> types.CreateTuningJobConfig:
    """The request as google-genai wants it; what has no field there goes to the body as it is.

    `evaluationConfig` has a field, but its metrics lose their exact types there: `rouge_l_sum` goes out as `rougelsum`,
    which `RougeSpec` does not name (google-genai 2.34, `_transformers.py`).
    """
    from google.genai import types

    body: dict[str, Any] = {"serviceAccount": account} if account else {}
    if request.evaluation:
        body["supervisedTuningSpec"] = {"evaluationConfig": request.evaluation}
    validation = request.validation_uri
    return types.CreateTuningJobConfig(
        http_options=types.HttpOptions(extra_body=body) if body else None,
        validation_dataset=types.TuningValidationDataset(gcs_uri=validation) if validation else None,
        tuned_model_display_name=request.display_name[:128],
        description=request.description or None,
        epoch_count=request.epochs,
        learning_rate_multiplier=request.learning_rate_multiplier,
        learning_rate=request.learning_rate,
        batch_size=request.batch_size,
        adapter_size=types.AdapterSize(ADAPTER_SIZES[request.adapter_size]) if request.adapter_size else None,
        tuning_mode=types.TuningMode(request.tuning_mode) if request.tuning_mode else None,
        pre_tuned_model_checkpoint_id=request.checkpoint or None,
        custom_base_model=request.custom_base_model or None,
        export_last_checkpoint_only=request.export_last_checkpoint_only or None,
        output_uri=request.output_uri or None,
        encryption_spec=types.EncryptionSpec(kms_key_name=request.kms_key) if request.kms_key else None,
        labels={**request.labels, FINGERPRINT_LABEL: request.fingerprint[:LABEL_LENGTH]},
    )
