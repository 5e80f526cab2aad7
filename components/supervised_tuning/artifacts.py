"""The artifacts of a tuned model, as lineage shows them."""

from __future__ import annotations

from typing import Any

from components.gcp.console import api_url
from components.supervised_tuning.tuned_model import TunedModel


def fill_artifacts(
    record: TunedModel | None, fingerprint: str, *, tuned: Any, model: Any, metrics: Any, curves: Any
) -> None:
    """Describe the tuned model in the artifacts of its task; all of them carry fingerprint and snapshot.

    Args:
        record: The tuned model; None for a candidate that failed beside others.
        fingerprint: The candidate's fingerprint.
        tuned: The record itself; its address is set.
        model: `google.VertexModel`.
        metrics: `dsl.Metrics`: the last losses and accuracies, and what was billed.
        curves: Address of the curves' points; its address stays as it is when there are none.
    """
    if record is None:
        for artifact in (tuned, model, metrics, curves):
            artifact.metadata.update(fingerprint=fingerprint, failed=True)
        return
    model.uri = api_url(record.model)
    model.metadata["resourceName"] = record.model
    if record.checkpoint:
        model.metadata.update(checkpoint=record.checkpoint.checkpoint_id, checkpoint_reason=record.checkpoint.reason)
    if record.curves_uri:
        curves.uri = record.curves_uri
    if record.epochs:
        last = record.epochs[-1]
        for name in ("train_loss", "train_accuracy", "eval_loss", "eval_accuracy"):
            if (value := getattr(last, name)) is not None:
                metrics.metadata[name] = value
    metrics.metadata["billable_tokens"] = record.billable_tokens
    for artifact in (tuned, model, metrics, curves):
        artifact.metadata.update(fingerprint=fingerprint, snapshot=record.snapshot_sha256, tuning_job=record.tuning_job)
