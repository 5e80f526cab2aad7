"""What the tuning service is asked to do for a candidate."""

from __future__ import annotations

from components.dataset_validation.snapshot import Snapshot
from components.gcp.tuning_jobs import TuningRequest
from components.line_labels import LINE_LABEL
from components.run_planning.candidate import Candidate
from components.run_planning.settings import TuningSettings
from components.step import Step


def tuning_request(step: Step, candidate: Candidate, snapshot: Snapshot) -> TuningRequest:
    """The tuning request of a candidate.

    The job reads the snapshot, so what was validated is what is tuned. An open model's weights and the results of
    checkpoint evaluations go to folders of this candidate and run, which no other job writes to.
    """
    settings = step.section("tuning", TuningSettings)
    validation, evaluation = snapshot.splits.get("validation"), settings.checkpoint_evaluation
    folder = f"{candidate.fingerprint[:16]}/{step.run_id}"
    return TuningRequest(
        fingerprint=candidate.fingerprint,
        base_model=candidate.base_model,
        epochs=candidate.epochs,
        learning_rate_multiplier=None if candidate.open_model else candidate.learning_rate_multiplier,
        learning_rate=candidate.learning_rate,
        batch_size=candidate.batch_size,
        adapter_size=candidate.adapter_size,
        tuning_mode=_mode(candidate),
        train_uri=snapshot.splits["train"].uri,
        validation_uri=validation.uri if validation else "",
        display_name=candidate.display_name or f"{step.name} {candidate.label}",
        description=settings.description,
        labels={**settings.labels, LINE_LABEL: step.name[:63]},
        pre_tuned_model=candidate.pre_tuned_model,
        checkpoint=candidate.checkpoint,
        custom_base_model=candidate.custom_base_model,
        export_last_checkpoint_only=candidate.export_last_checkpoint_only,
        output_uri=f"{step.root}/weights/{folder}" if candidate.open_model else "",
        kms_key=step.cloud.kms_key,
        evaluation=evaluation.to_request(f"{step.root}/checkpoint_evaluations/{folder}") if evaluation else None,
    )


def _mode(candidate: Candidate) -> str:
    """The `tuningMode`, which the service knows for open models only."""
    if not candidate.open_model:
        return ""
    return "TUNING_MODE_PEFT_ADAPTER" if candidate.adapter_size else "TUNING_MODE_FULL"
