"""What a job that ended well has come to: its data, its curves, and the checkpoint to go on with."""

from __future__ import annotations

from components.clock import Clock
from components.dataset_validation.snapshot import Snapshot
from components.errors import RetuneError
from components.gcp.checkpoints import set_default_checkpoint
from components.gcp.tuning_metrics import Curves, read_curves
from components.gcp.tuning_status import JobStatus
from components.run_planning.candidate import Candidate
from components.run_planning.settings import TuningSettings
from components.step import Step
from components.supervised_tuning.checkpoint_choice import (
    CheckpointChoice,
    choose_checkpoint,
    find_overfitting,
    keep_default,
)
from components.supervised_tuning.data_check import check_data
from components.supervised_tuning.patience import Patience
from components.supervised_tuning.tuned_model import TunedModel

PATIENCE_S = 900.0
"""The job is done and paid for: a service that does not answer now is waited for."""


def describe_result(
    step: Step, candidate: Candidate, snapshot: Snapshot, job: JobStatus, *, adopted: bool, clock: Clock
) -> TunedModel:
    """The record of the tuned model, after its best checkpoint was made the default.

    Raises:
        RetuneError: `TUNE-DROPPED`, see `data_check`; `SERVICE-…`, the default checkpoint could not be set.
    """
    patience = Patience(clock, PATIENCE_S)
    settings = step.section("tuning", TuningSettings)
    data = check_data(snapshot.splits["train"], job.statistics, candidate.epochs, settings.max_dropped_share)
    warnings = list(data.warnings)
    curves = _curves(job, patience, warnings)
    choice = _choose(step, job, curves, patience)
    if curves and (overfitting := find_overfitting(curves)):
        warnings.append(overfitting)
    for line in (f"checkpoint {choice.checkpoint_id or 'default'}: {choice.reason}", *warnings):
        print(line, flush=True)
    return TunedModel(
        candidate=candidate,
        tuning_job=job.name,
        model=job.model,
        endpoint=choice.endpoint,
        adopted=adopted,
        billable_tokens=data.billable_tokens,
        epochs=curves.epochs(candidate.epochs) if curves else [],
        snapshot_sha256=snapshot.sha256,
        checkpoint=choice,
        spare_endpoints=[one.endpoint for one in job.checkpoints if one.endpoint not in ("", choice.endpoint)],
        data=data,
        warnings=warnings,
        curves_uri=_keep_curves(step, candidate, curves),
    )


def _curves(job: JobStatus, patience: Patience, warnings: list[str]) -> Curves | None:
    """The training curves; that they cannot be read is a warning, because the model is there all the same."""
    if not job.experiment:
        warnings.append("the service names no experiment, so there are no training curves")
        return None
    try:
        return patience.ask(lambda: read_curves(job.experiment))
    except RetuneError as error:
        warnings.append(f"the training curves could not be read: {error.message}")
        return None


def _choose(step: Step, job: JobStatus, curves: Curves | None, patience: Patience) -> CheckpointChoice:
    """The chosen checkpoint, which is the default one then. What serves now is left as it is."""
    seen = step.ledger.champion()
    if seen and seen[0].model == job.model:
        return keep_default(job.checkpoints, job.endpoint, "this version serves as the champion")
    choice = choose_checkpoint(job.checkpoints, curves, job.endpoint)
    if choice.endpoint != job.endpoint:
        patience.ask(lambda: set_default_checkpoint(step.cloud, job.model, choice.checkpoint_id))
    return choice


def _keep_curves(step: Step, candidate: Candidate, curves: Curves | None) -> str:
    if curves is None or not curves.series:
        return ""
    return step.ledger.write_run(step.run_id, f"curves/{candidate.fingerprint}.json", curves)
