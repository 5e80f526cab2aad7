"""How many epochs a job has, and after which of them a checkpoint is kept."""

from __future__ import annotations

_SMALL_DATASET = 1_000
_MOST_CHECKPOINTS = 10


def default_epochs(examples: int) -> int:
    """Epochs of a job that does not say: the service picks them by the size of the dataset and does not publish how.

    Here small datasets get 10 and others 5.
    """
    return 10 if examples < _SMALL_DATASET else 5


def exported_epochs(epochs: int, *, last_only: bool) -> list[int]:
    """The epochs that leave a checkpoint: each one up to ten, beyond that ten evenly spaced ones with the last.

    Source: the service's page on checkpoints in supervised tuning.
    """
    if last_only:
        return [epochs]
    count = min(epochs, _MOST_CHECKPOINTS)
    return [-(-epochs * number // count) for number in range(1, count + 1)]
