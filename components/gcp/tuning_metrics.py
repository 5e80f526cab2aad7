"""Training metrics of a tuning job, as the service names them."""

from __future__ import annotations

import msgspec

from components.errors import RetuneError
from components.gcp.storage import Storage


class EpochMetrics(msgspec.Struct, frozen=True):
    """What the service reported after one epoch.

    Attributes:
        epoch: 1-based epoch.
        step: Global training step at the end of the epoch.
        train_loss: `/train_total_loss`.
        train_accuracy: `/train_fraction_of_correct_next_step_preds`, 0 to 1.
        eval_loss: `/eval_total_loss`; None without a validation set.
        eval_accuracy: `/eval_fraction_of_correct_next_step_preds`; None without a validation set.
    """

    epoch: int
    step: int
    train_loss: float
    train_accuracy: float
    eval_loss: float | None = None
    eval_accuracy: float | None = None


class _Line(msgspec.Struct):
    epoch: int
    step: int
    train_loss: float = msgspec.field(name="/train_total_loss")
    train_accuracy: float = msgspec.field(name="/train_fraction_of_correct_next_step_preds")
    eval_loss: float | None = msgspec.field(name="/eval_total_loss", default=None)
    eval_accuracy: float | None = msgspec.field(name="/eval_fraction_of_correct_next_step_preds", default=None)


def read_epoch_metrics(storage: Storage, uri: str) -> list[EpochMetrics]:
    """Metrics per epoch from the job's metrics file (JSONL, one object per epoch); empty without one.

    The service leaves the format of the file behind `gcsMetricsUri` undocumented, so a file of another form counts
    as no metrics.
    """
    from google.api_core.exceptions import GoogleAPICallError

    if not uri:
        return []
    try:
        lines = [msgspec.json.decode(line, type=_Line) for line in storage.read(uri).splitlines()]
    except (msgspec.DecodeError, RetuneError, GoogleAPICallError) as error:
        print(f"no training metrics: {type(error).__name__} for {uri}", flush=True)
        return []
    return [
        EpochMetrics(line.epoch, line.step, line.train_loss, line.train_accuracy, line.eval_loss, line.eval_accuracy)
        for line in lines
    ]
