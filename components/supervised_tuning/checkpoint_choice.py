"""Which checkpoint of a tuned model is evaluated and served: the one with the lowest validation loss."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from components.gcp.tuning_metrics import Curves
from components.gcp.tuning_status import Checkpoint

EVAL_LOSS, TRAIN_LOSS = "/eval_total_loss", "/train_total_loss"
RISE = 0.01
"""Share by which validation loss must have risen from its lowest before it is called overfitting and not noise."""


class CheckpointChoice(msgspec.Struct, frozen=True):
    """The chosen checkpoint and why.

    Attributes:
        checkpoint_id: `checkpointId`; empty when the job names no checkpoints.
        epoch: Epoch after which it was saved.
        endpoint: Endpoint that answers from it.
        reason: Why this one, in one sentence.
        eval_losses: Validation loss by checkpoint, of those that have one.
    """

    checkpoint_id: str
    epoch: int
    endpoint: str
    reason: str
    eval_losses: dict[str, float]


def choose_checkpoint(checkpoints: Sequence[Checkpoint], curves: Curves | None, default: str) -> CheckpointChoice:
    """The checkpoint with the lowest validation loss, the earlier one of equals; without losses the default stays.

    Args:
        checkpoints: Of a finished job.
        curves: Of the same job; None when they could not be read.
        default: Endpoint of the default checkpoint, which the service makes the last one.
    """
    losses, before = {}, -1
    for one in sorted(checkpoints, key=lambda one: one.step):
        loss = curves.by(EVAL_LOSS, one.step, before) if curves else None
        if loss is not None and one.endpoint:
            losses[one.checkpoint_id] = loss
        before = one.step
    if not losses:
        return keep_default(checkpoints, default, "no validation loss was reported for it or another one")
    best = min((one for one in checkpoints if one.checkpoint_id in losses), key=lambda one: losses[one.checkpoint_id])
    reason = f"lowest validation loss, {losses[best.checkpoint_id]:.4g}, of {len(losses)} checkpoints"
    return CheckpointChoice(best.checkpoint_id, best.epoch, best.endpoint, reason, losses)


def keep_default(checkpoints: Sequence[Checkpoint], default: str, why: str) -> CheckpointChoice:
    """The default checkpoint, for a reason."""
    found = next((one for one in checkpoints if one.endpoint == default), Checkpoint("", 0, 0, default))
    return CheckpointChoice(found.checkpoint_id, found.epoch, default, f"the default checkpoint: {why}", {})


def find_overfitting(curves: Curves) -> str:
    """A sentence on validation loss that rises while training loss falls; empty when it does not.

    A rise by less than one percent of the lowest loss is not told from noise.
    """
    points = curves.series.get(EVAL_LOSS, [])
    if not points:
        return ""
    (best_step, lowest), (last_step, last) = min(points, key=lambda point: (point[1], point[0])), points[-1]
    before, after = curves.by(TRAIN_LOSS, best_step), curves.by(TRAIN_LOSS, last_step)
    if last <= lowest * (1 + RISE) or before is None or after is None or after >= before:
        return ""
    return (
        f"overfitting: from step {best_step:,} to step {last_step:,} validation loss rose from {lowest:.4g} to "
        f"{last:.4g} while training loss fell from {before:.4g} to {after:.4g}"
    )
