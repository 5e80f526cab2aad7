"""The record of a tuned model: what the tuning step hands to evaluation, registration and deployment."""

from __future__ import annotations

import msgspec

from components.gcp.tuning_metrics import EpochMetrics
from components.run_planning.candidate import Candidate
from components.supervised_tuning.checkpoint_choice import CheckpointChoice
from components.supervised_tuning.data_check import DataCheck


class TunedModel(msgspec.Struct, frozen=True):
    """A finished tuning job and its model.

    Attributes:
        candidate: What was tuned.
        tuning_job: Resource name of the job.
        model: Registry resource name with version, `projects/…/models/ID@VERSION`.
        endpoint: Resource name of the endpoint of the chosen checkpoint, which is the default one.
        adopted: True when another run started the job, so that this one did not pay for it.
        billable_tokens: `totalBillableTokenCount` of the job's data statistics; 0 when not reported.
        epochs: Metrics per epoch, empty when the service offers none.
        snapshot_sha256: Digest of the snapshot.
        checkpoint: Which checkpoint was chosen, and why; None in records of older versions.
        spare_endpoints: Endpoints of the other checkpoints.
        data: The training file as validated and as tuned on; None in records of older versions.
        warnings: What the reader should know, in sentences.
        curves_uri: All points of the training curves (JSON); empty when there are none.
    """

    candidate: Candidate
    tuning_job: str
    model: str
    endpoint: str
    adopted: bool
    billable_tokens: int
    epochs: list[EpochMetrics]
    snapshot_sha256: str = ""
    checkpoint: CheckpointChoice | None = None
    spare_endpoints: list[str] = []
    data: DataCheck | None = None
    warnings: list[str] = []
    curves_uri: str = ""
