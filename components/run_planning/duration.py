"""How long tuning will take, by what earlier jobs of the model line took."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median

import msgspec

from components.gcp.tuning_history import FinishedJob


class Duration(msgspec.Struct, frozen=True):
    """An estimated time.

    Attributes:
        low_minutes: If a job takes as long as the earlier ones did, whatever its size: most of a small job is overhead.
        high_minutes: If its time grows with its examples and epochs.
        jobs: Earlier jobs that it goes by.
    """

    low_minutes: float
    high_minutes: float
    jobs: int


def estimate_duration(base_model: str, passes: int, finished: Sequence[FinishedJob]) -> Duration | None:
    """The time that a job will take; None without an earlier job of the same base model.

    Google says "minutes to hours" and gives no figure, so nothing is said before the first job. The two ends are a job
    that is all overhead and one that has none.

    Args:
        base_model: What is tuned.
        passes: Examples times epochs.
        finished: Earlier jobs of the model line.
    """
    same = [job for job in finished if job.base_model == base_model]
    if not same:
        return None
    constant = median(job.seconds for job in same) / 60
    growing = median(job.seconds / job.passes for job in same) * passes / 60
    return Duration(min(constant, growing), max(constant, growing), len(same))
