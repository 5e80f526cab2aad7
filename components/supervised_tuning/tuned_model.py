"""The record of a tuned model: what the tuning step hands to evaluation, registration and deployment."""

from __future__ import annotations

import msgspec

from components.gcp.tuning_metrics import EpochMetrics
from components.run_planning.candidate import Candidate


class TunedModel(msgspec.Struct, frozen=True):
    """A finished tuning job and its model.

    Attributes:
        candidate: What was tuned.
        tuning_job: Resource name of the job.
        model: Registry resource name with version, `projects/…/models/ID@VERSION`.
        endpoint: Resource name of the endpoint of the default checkpoint.
        adopted: True when the job existed before this run and was not paid for again.
        billable_tokens: `totalBillableTokenCount` of the job's data statistics; 0 when not reported.
        epochs: Metrics per epoch, empty when the service offers none.
    """

    candidate: Candidate
    tuning_job: str
    model: str
    endpoint: str
    adopted: bool
    billable_tokens: int
    epochs: list[EpochMetrics]
